package dev.oriel.bench.api;

import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import tools.jackson.databind.JsonNode;

/** An account of the measured Oriel, signed in; talks to the API's own port. Thread-safe. */
public final class BenchUser {
    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();

    private final String api;
    private final String token;
    private final String id;

    private BenchUser(String api, String token, String id) {
        this.api = api;
        this.token = token;
        this.id = id;
    }

    /** What came back. */
    public record Answer(int status, JsonNode body) {
        public String id() {
            return body.path("id").asString("");
        }

        public String state() {
            return body.path("state").asString("");
        }

        public Answer expect(int wanted) {
            if (status != wanted) {
                throw new IllegalStateException("expected " + wanted + ", not " + status + ": " + body);
            }
            return this;
        }
    }

    /** Registers {@code count} accounts. */
    public static List<BenchUser> register(BenchedOriel oriel, String prefix, int count) throws IOException {
        List<BenchUser> users = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<BenchUser>> coming = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                String name = prefix + i;
                coming.add(threads.submit(() -> register(oriel.api(), name)));
            }
            for (Future<BenchUser> one : coming) {
                users.add(one.get());
            }
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IOException("no account could be made", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return users;
    }

    private static BenchUser register(String api, String name) throws IOException {
        BenchUser nobody = new BenchUser(api, "", "");
        Map<String, String> body = Map.of("username", name, "password", "bench-password-" + name);
        Answer answer =
                nobody.send("POST", "/auth/register", body, Duration.ZERO).expect(201);
        String token = answer.body().path("accessToken").asString("");
        BenchUser user = new BenchUser(api, token, "");
        return new BenchUser(
                api,
                token,
                user.send("GET", "/auth/me", null, Duration.ZERO).expect(200).id());
    }

    public String token() {
        return token;
    }

    public String id() {
        return id;
    }

    public Answer get(String path) throws IOException {
        return send("GET", path, null, Duration.ZERO);
    }

    public Answer post(String path, Object body, Duration wait) throws IOException {
        return send("POST", path, body, wait);
    }

    public Answer delete(String path, Duration wait) throws IOException {
        return send("DELETE", path, null, wait);
    }

    private Answer send(String method, String path, @org.jspecify.annotations.Nullable Object body, Duration wait)
            throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(api + path))
                .timeout(LIMIT)
                .header("Accept", "application/json")
                .header("Prefer", "wait=" + wait.toSeconds());
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        if (body == null) {
            request.method(method, BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/json")
                    .method(
                            method,
                            BodyPublishers.ofByteArray(OrielJson.mapper().writeValueAsBytes(body)));
        }
        try {
            HttpResponse<byte[]> response = CLIENT.send(request.build(), BodyHandlers.ofByteArray());
            JsonNode json = response.body().length == 0
                    ? OrielJson.mapper().createObjectNode()
                    : OrielJson.mapper().readTree(response.body());
            return new Answer(response.statusCode(), json);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
