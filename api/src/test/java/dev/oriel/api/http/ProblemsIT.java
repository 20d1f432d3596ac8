package dev.oriel.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProblemsIT {
    private final TestApi api = ApiTestServers.startApi(Map.of("oriel.limits.logins-per-minute-per-address", "1000"));

    @AfterAll
    void close() {
        api.close();
    }

    @Test
    void unknownField_isNamed() {
        HttpResponse<String> answer = login("{\"username\":\"someone\",\"password\":\"password here\",\"admin\":true}");
        assertProblem(answer, 400, "bad-request");
        assertThat(TestApi.json(answer).get("errors").get(0).get("field").asString())
                .isEqualTo("admin");
    }

    @Test
    void missingField_isNamed() {
        HttpResponse<String> answer = login("{\"username\":\"someone\"}");
        assertProblem(answer, 400, "bad-request");
        assertThat(TestApi.json(answer).get("errors").get(0).get("field").asString())
                .isEqualTo("password");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "[]",
                "null",
                "\"x\"",
                "{\"username\":\"a\",\"username\":\"b\",\"password\":\"c\"}",
                "{\"username\":\"someone\",\"password\":\"password here\"} {}",
                "{\"username\":\"someone\",\"password\":\"password here\"}x",
                "{\"username\":{\"$ne\":null},\"password\":\"x\"}",
                "{'username':'x'}",
                "\u0000"
            })
    void brokenJson_is400(String body) {
        assertProblem(login(body), 400, "bad-request");
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "1.5", "true"})
    void otherTypeThanAsked_isNamed(String value) {
        HttpResponse<String> answer = login("{\"username\":" + value + ",\"password\":\"password here\"}");
        assertProblem(answer, 400, "bad-request");
        assertThat(TestApi.json(answer).get("errors").get(0).get("field").asString())
                .isEqualTo("username");
    }

    /** JSON can write halves of characters, which no encoding can: hashing one of them was an internal error. */
    @ParameterizedTest
    @ValueSource(strings = {"\\ud800", "\\udc00 long enough", "a\\ude00\\ud83d long enough"})
    void halfACharacter_isNamed(String value) {
        for (String field : new String[] {"username", "password"}) {
            Map<String, String> body = new HashMap<>(Map.of("username", "someone", "password", "password here"));
            body.put(field, "@");
            HttpResponse<String> answer =
                    login(JsonMapper.shared().writeValueAsString(body).replace("@", value));
            assertProblem(answer, 400, "bad-request");
            assertThat(TestApi.json(answer).get("errors").get(0).get("field").asString())
                    .isEqualTo(field);
        }
        assertThat(login("{\"username\":\"someone\",\"password\":\"\\ud83d\\ude00 long enough\"}")
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void deepJson_is400() {
        assertProblem(login("{\"username\":" + "[".repeat(20_000) + "]".repeat(20_000) + "}"), 400, "bad-request");
    }

    @Test
    void noBody_is400() {
        HttpResponse<String> answer = api.send(api.request("/auth/login").POST(BodyPublishers.noBody()));
        assertProblem(answer, 400, "bad-request");
    }

    @Test
    void largeBody_is413_announcedOrNot() {
        byte[] body =
                ("{\"username\":\"" + "a".repeat(70_000) + "\",\"password\":\"x\"}").getBytes(StandardCharsets.UTF_8);
        assertProblem(login(BodyPublishers.ofByteArray(body)), 413, "too-large");
        assertProblem(
                login(BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(body))), 413, "too-large");
    }

    @Test
    void unknownPath_is404() {
        assertProblem(api.get("/nothing/here"), 404, "not-found");
    }

    @Test
    void parameterThatIsNoText_is400() {
        assertProblem(api.get("/vm?name=%ff"), 401, "unauthenticated");
        assertProblem(api.get("/pages/login?next=%ff"), 400, "bad-request");
        assertProblem(api.get("/pages/login?next=%ED%A0%80"), 400, "bad-request");
    }

    @Test
    void wrongMethod_is405_andSaysWhichAreRight() {
        HttpResponse<String> answer = api.send(api.request("/auth/login").DELETE());
        assertProblem(answer, 405, "method-not-allowed");
        assertThat(answer.headers().firstValue("Allow")).contains("POST");
    }

    @Test
    void wrongAccept_is406() {
        assertProblem(api.send(api.request("/healthz").header("Accept", "image/png")), 406, "not-acceptable");
    }

    @Test
    void error_isAPage_forWhoeverOpensAnAddress() {
        HttpResponse<String> answer = api.send(api.request("/nothing/here")
                .header("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("text/html");
        assertThat(answer.body())
                .contains("<title>Not found", "<h1>Nothing behind this window</h1>")
                .doesNotContain("th:text");
    }

    @Test
    void requestId_isTakenOver_whenItIsWellFormed() {
        assertThat(requestId("abc-123.X_y")).isEqualTo("abc-123.X_y");
        assertThat(requestId("with space")).isNotEqualTo("with space").hasSize(16);
        assertThat(requestId("x".repeat(65))).hasSize(16);
    }

    @Test
    void securityHeaders_areOnEveryAnswer() {
        for (String path : new String[] {"/healthz", "/nothing", "/auth/me", "/docs", "/openapi.json", "/metrics"}) {
            HttpResponse<String> answer = api.get(path);
            assertThat(answer.headers().allValues("X-Content-Type-Options"))
                    .as(path)
                    .containsExactly("nosniff");
            assertThat(answer.headers().firstValue("Content-Security-Policy").orElse(""))
                    .as(path)
                    .contains("frame-ancestors 'none'")
                    .contains("script-src 'self'")
                    .doesNotContain("unsafe");
            assertThat(answer.headers().firstValue("Referrer-Policy")).as(path).isPresent();
            assertThat(answer.headers().firstValue("Cross-Origin-Opener-Policy"))
                    .as(path)
                    .contains("same-origin");
            assertThat(answer.headers().allValues("Cache-Control")).as(path).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /a{b HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /..%2f..%2fetc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
                "NONSENSE\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n"
            })
    void requestTooBrokenForSpring_isAProblemToo(String request) throws IOException {
        String answer = raw(request);
        assertThat(answer).startsWith("HTTP/1.1 400");
        assertThat(answer.toLowerCase(java.util.Locale.ROOT)).contains("content-type: application/problem+json");
        assertThat(answer).contains("\"code\":\"bad-request\"").doesNotContain("Tomcat");
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.port())) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            socket.shutdownOutput();
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private String requestId(String sent) {
        HttpResponse<String> answer = api.send(api.request("/nothing").header("X-Request-Id", sent));
        String id = answer.headers().firstValue("X-Request-Id").orElse("");
        assertThat(TestApi.json(answer).get("requestId").asString()).isEqualTo(id);
        return id;
    }

    private HttpResponse<String> login(String body) {
        return login(BodyPublishers.ofString(body));
    }

    private HttpResponse<String> login(java.net.http.HttpRequest.BodyPublisher body) {
        return api.send(api.request("/auth/login")
                .header("Content-Type", "application/json")
                .POST(body));
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        JsonNode body = TestApi.json(answer);
        assertThat(body.get("code").asString()).isEqualTo(code);
        assertThat(body.get("status").asInt()).isEqualTo(status);
        assertThat(body.get("requestId").asString())
                .isEqualTo(answer.headers().firstValue("X-Request-Id").orElse(""));
    }
}
