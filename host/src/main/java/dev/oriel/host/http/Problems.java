package dev.oriel.host.http;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.error.Problem;
import dev.oriel.core.json.OrielJson;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;

/** The one mapper from failures to {@code application/problem+json}, and the one place that logs them. */
final class Problems {
    private static final Logger LOG = System.getLogger(Problems.class.getName());

    /** Bytes of a body that are read although it is refused. */
    private static final long SMALL = 256 << 10;

    private Problems() {}

    static OrielException from(Exception failure) {
        if (failure instanceof InterruptedException) {
            Thread.currentThread().interrupt();
            return new OrielException(ErrorCode.SHUTTING_DOWN, "the VM Manager is stopping", failure);
        }
        return failure instanceof OrielException expected
                ? expected
                : new OrielException(ErrorCode.INTERNAL, "the host failed at this", failure);
    }

    /**
     * Answers with {@code problem}. What is left of a small refused body is read by the server afterwards: closed before
     * that, the connection would be reset, and the answer could be lost on its way. A large one is not worth that.
     */
    static void send(ServerRequest request, ServerResponse response, OrielException problem) {
        String requestId = newRequestId();
        if (problem.code() == ErrorCode.INTERNAL) {
            LOG.log(Level.ERROR, "request " + requestId + " failed", problem);
        }
        response.status(Status.create(problem.code().status()));
        response.headers().set(HeaderNames.CONTENT_TYPE, Problem.MEDIA_TYPE);
        boolean read = !request.content().hasEntity() || request.content().consumed();
        if (!read && request.headers().contentLength().orElse(Long.MAX_VALUE) > SMALL) {
            response.headers().set(HeaderValues.CONNECTION_CLOSE);
        }
        if (problem.code().status() == 503) {
            response.headers().set(HeaderNames.RETRY_AFTER, "1");
        }
        if (request.prologue().method().equals(Method.HEAD)) {
            response.send();
        } else {
            response.send(body(problem, requestId));
        }
    }

    /** For what the server refuses before any handler sees it: bad HTTP, too large a body. */
    static DirectHandlers direct() {
        DirectHandlers.Builder handlers = DirectHandlers.builder();
        for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
            handlers.addHandler(type, new DirectProblem());
        }
        return handlers.build();
    }

    private static byte[] body(OrielException problem, String requestId) {
        String detail =
                Objects.requireNonNullElse(problem.getMessage(), problem.code().title());
        Map<String, Object> body = Problem.body(problem.code(), detail, requestId, problem.extra());
        return OrielJson.mapper().writeValueAsBytes(body);
    }

    private static String newRequestId() {
        return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    }

    private static final class DirectProblem implements DirectHandler {
        @Override
        public TransportResponse handle(
                TransportRequest request,
                EventType type,
                Status status,
                ServerResponseHeaders headers,
                String message) {
            ErrorCode code = switch (status.code()) {
                case 404 -> ErrorCode.NOT_FOUND;
                case 413 -> ErrorCode.TOO_LARGE;
                case 405 -> ErrorCode.METHOD_NOT_ALLOWED;
                default -> status.code() < 500 ? ErrorCode.BAD_REQUEST : ErrorCode.UNAVAILABLE;
            };
            return TransportResponse.builder()
                    .status(Status.create(code.status()))
                    .headers(headers)
                    .header(HeaderNames.CONTENT_TYPE, Problem.MEDIA_TYPE)
                    .keepAlive(false)
                    .entity(body(new OrielException(code, "not understood as a request"), newRequestId()))
                    .build();
        }
    }
}
