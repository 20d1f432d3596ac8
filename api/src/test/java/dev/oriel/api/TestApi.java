package dev.oriel.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A running API under test and a plain HTTP client for it. Thread-safe. */
public final class TestApi implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final ApiServer server;
    private final HttpClient client = HttpClient.newHttpClient();

    TestApi(ApiServer server) {
        this.server = server;
    }

    public int port() {
        return server.port();
    }

    /** A bean of the running application. */
    public <T> T bean(Class<T> type) {
        return server.context().getBean(type);
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    /** A request to be filled in, with a deadline. */
    public HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path)).timeout(LIMIT);
    }

    public HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public HttpResponse<String> get(String path) {
        return send(request(path));
    }

    /** Posts {@code body} as JSON, the way a program without a browser does. */
    public HttpResponse<String> post(String path, Map<String, ?> body) {
        return send(jsonRequest(path, body));
    }

    /** A POST of JSON that the caller may add headers to. */
    public HttpRequest.Builder jsonRequest(String path, Map<String, ?> body) {
        return request(path)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)));
    }

    /** Makes an account and gives its access token, for {@code Authorization: Bearer}. */
    public String register(String username) {
        HttpResponse<String> answer =
                post("/auth/register", Map.of("username", username, "password", "a long enough password"));
        if (answer.statusCode() != 201) {
            throw new AssertionError("register: " + answer.statusCode() + " " + answer.body());
        }
        return json(answer).get("accessToken").asString();
    }

    public static JsonNode json(HttpResponse<String> answer) {
        return JSON.readTree(answer.body());
    }

    @Override
    public void close() {
        server.close();
        client.close();
    }
}
