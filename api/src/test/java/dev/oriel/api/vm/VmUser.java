package dev.oriel.api.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.TestApi;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A signed-in program that uses {@code /vm}. */
record VmUser(TestApi api, String token) {
    static VmUser register(TestApi api, String name) {
        return new VmUser(api, api.register(name));
    }

    HttpResponse<String> send(String method, String path, Map<String, ?> body, String... headers) {
        HttpRequest.Builder request = api.request(path)
                .timeout(Duration.ofSeconds(70))
                .header("Authorization", "Bearer " + token)
                .header("Accept", "application/json");
        if (headers.length > 0) {
            request.headers(headers);
        }
        if (body.isEmpty()) {
            request.method(method, HttpRequest.BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/json")
                    .method(
                            method,
                            HttpRequest.BodyPublishers.ofString(
                                    JsonMapper.shared().writeValueAsString(body)));
        }
        return api.send(request);
    }

    HttpResponse<String> get(String path) {
        return send("GET", path, Map.of());
    }

    HttpResponse<String> post(String path, Map<String, ?> body, String... headers) {
        return send("POST", path, body, headers);
    }

    /** Makes a running VM and gives its JSON. */
    JsonNode create(Map<String, ?> body) {
        HttpResponse<String> answer = post("/vm", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return TestApi.json(answer);
    }

    String createId() {
        return create(Map.of("template", "tiny")).get("id").asString();
    }

    JsonNode show(String id) {
        HttpResponse<String> answer = get("/vm/" + id);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return TestApi.json(answer);
    }

    void awaitState(String id, String state, Duration limit) {
        Awaitility.await("VM is " + state)
                .atMost(limit)
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(() -> assertThat(show(id).get("state").asString())
                        .as(show(id).toString())
                        .isEqualTo(state));
    }

    static String code(HttpResponse<String> answer) {
        return TestApi.json(answer).path("code").asString("none");
    }
}
