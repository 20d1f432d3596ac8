package dev.oriel.host.http;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.json.OrielJson;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmId;
import io.helidon.http.HttpMediaType;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.Function;
import tools.jackson.core.JacksonException;

/** Typed, checked reading of a request's parts; anything odd is {@code BAD_REQUEST} or nearer. */
final class RequestParameters {
    /** Longest wait of a long poll; a longer wish is cut to it. */
    static final Duration MAX_WAIT = Duration.ofSeconds(30);

    private static final int MAX_JSON_BYTES = 64 * 1024;

    private RequestParameters() {}

    static VmId vm(ServerRequest request) {
        return path(request, "id", VmId::of);
    }

    static ImageDigest image(ServerRequest request) {
        return path(request, "sha256", ImageDigest::new);
    }

    static TemplateName template(ServerRequest request) {
        return path(request, "name", TemplateName::new);
    }

    static SnapshotId snapshot(ServerRequest request) {
        return path(request, "snapshot", SnapshotId::of);
    }

    /** {@code wait} in milliseconds, at most {@link #MAX_WAIT}; zero when absent. */
    static Duration patience(ServerRequest request) {
        Duration wished = Duration.ofMillis(number(request, "wait"));
        return wished.compareTo(MAX_WAIT) > 0 ? MAX_WAIT : wished;
    }

    /** A query parameter that is a whole number of at least zero; zero when absent. */
    static long number(ServerRequest request, String name) {
        String text = request.query().first(name).orElse("0");
        try {
            long value = Long.parseLong(text);
            if (value >= 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new OrielException(ErrorCode.BAD_REQUEST, name + " must be a whole number of at least 0");
    }

    /** A query parameter that is {@code true} or {@code false}; false when absent. */
    static boolean flag(ServerRequest request, String name) {
        return switch (request.query().first(name).orElse("false")) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new OrielException(ErrorCode.BAD_REQUEST, name + " must be true or false");
        };
    }

    static Bytes contentLength(ServerRequest request) {
        OptionalLong length = request.headers().contentLength();
        if (length.isEmpty()) {
            throw new OrielException(ErrorCode.BAD_REQUEST, "Content-Length is missing");
        }
        return new Bytes(length.getAsLong());
    }

    /** The JSON body as {@code type}, of at most 64 KiB. */
    static <T> T json(ServerRequest request, Class<T> type) throws IOException {
        String mediaType =
                request.headers().contentType().map(HttpMediaType::text).orElse("");
        if (!mediaType.startsWith("application/json")) {
            throw new OrielException(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "send application/json");
        }
        byte[] body = request.content().inputStream().readNBytes(MAX_JSON_BYTES + 1);
        if (body.length > MAX_JSON_BYTES) {
            throw new OrielException(ErrorCode.TOO_LARGE, "at most " + MAX_JSON_BYTES + " bytes of JSON");
        }
        try {
            T value = OrielJson.mapper().readValue(body, type);
            if (value != null) {
                return value;
            }
        } catch (JacksonException e) {
            throw new OrielException(ErrorCode.BAD_REQUEST, "the body is not a valid " + type.getSimpleName(), e);
        }
        throw new OrielException(ErrorCode.BAD_REQUEST, "the body is empty");
    }

    private static <T> T path(ServerRequest request, String name, Function<String, T> parser) {
        try {
            return parser.apply(request.path().pathParameters().get(name));
        } catch (IllegalArgumentException e) {
            throw new OrielException(ErrorCode.BAD_REQUEST, "not a valid " + name, e);
        }
    }
}
