package dev.oriel.gateway.door;

import dev.oriel.core.console.RecordingId;
import dev.oriel.core.console.RecordingStatus;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.vm.VmId;
import dev.oriel.gateway.recording.Recordings;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What the API may ask of recordings, as {@link RecordingStatus} describes it. Asked on a thread that may block. */
final class RecordingDesk {
    private static final System.Logger LOG = System.getLogger(RecordingDesk.class.getName());

    private final Recordings recordings;
    private final Channel channel;

    RecordingDesk(Recordings recordings, Channel channel) {
        this.recordings = recordings;
        this.channel = channel;
    }

    void serve(HttpRequest request) {
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        String[] path = uri.path().substring(RecordingStatus.PATH.length()).split("/", -1);
        try {
            if (path.length == 1 && path[0].isEmpty() && request.method().equals(HttpMethod.GET)) {
                Answers.json(channel, 200, recordings.list());
            } else if (path.length < 3) {
                nothing(request);
            } else {
                serve(
                        request,
                        uri,
                        VmId.of(path[1]),
                        RecordingId.of(path[2]),
                        List.of(path).subList(3, path.length));
            }
        } catch (IllegalArgumentException e) {
            nothing(request);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "recordings: {0}", e.toString());
            Answers.error(channel, request, ErrorCode.UNAVAILABLE, "Recordings cannot be kept here now.");
        }
    }

    private void serve(HttpRequest request, QueryStringDecoder uri, VmId vm, RecordingId id, List<String> rest)
            throws IOException {
        String verb = request.method() + " " + (rest.isEmpty() ? "" : rest.getFirst());
        switch (verb) {
            case "PUT " -> ensure(request, uri, vm, id);
            case "PUT stop" -> {
                recordings.stop(vm, id);
                Answers.done(channel);
            }
            case "DELETE " -> {
                recordings.drop(vm, id);
                Answers.done(channel);
            }
            case "GET parts" -> part(request, vm, id, rest);
            case "GET " -> status(request, vm, id);
            default -> nothing(request);
        }
    }

    private void ensure(HttpRequest request, QueryStringDecoder uri, VmId vm, RecordingId id) throws IOException {
        boolean recorded = recordings.ensure(
                vm,
                id,
                Instant.ofEpochMilli(number(uri, "started")),
                number(uri, "max-bytes"),
                Duration.ofMillis(number(uri, "max-millis")));
        if (recorded) {
            status(request, vm, id);
        } else {
            Answers.error(channel, request, ErrorCode.UNAVAILABLE, "As much is recorded here as may be.");
        }
    }

    private static long number(QueryStringDecoder uri, String name) {
        return Long.parseLong(uri.parameters().getOrDefault(name, List.of("")).getFirst());
    }

    private void status(HttpRequest request, VmId vm, RecordingId id) {
        Optional<RecordingStatus> status = recordings.find(vm, id);
        if (status.isPresent()) {
            Answers.json(channel, 200, status.get());
        } else {
            nothing(request);
        }
    }

    private void part(HttpRequest request, VmId vm, RecordingId id, List<String> rest) throws IOException {
        Optional<Path> file =
                rest.size() == 2 ? recordings.part(vm, id, Integer.parseInt(rest.get(1))) : Optional.empty();
        if (file.isPresent()) {
            Answers.file(channel, file.get());
        } else {
            nothing(request);
        }
    }

    private void nothing(HttpRequest request) {
        Answers.error(channel, request, ErrorCode.NOT_FOUND, "There is nothing here.");
    }
}
