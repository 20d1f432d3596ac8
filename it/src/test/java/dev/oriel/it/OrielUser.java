package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A program that uses Oriel's REST API through the front door, trusting only its own certificate. */
final class OrielUser {
    static final String PASSWORD = "correct horse battery 7";

    private final String url;
    private final HttpClient http;
    private final String token;

    private OrielUser(String url, HttpClient http, String token) {
        this.url = url;
        this.http = http;
        this.token = token;
    }

    /** An answer: status, headers and JSON (a missing node when there is no body). */
    record Answer(int status, java.net.http.HttpHeaders headers, JsonNode json) {
        Answer expect(int wanted) {
            assertThat(status).as("status of %s", json).isEqualTo(wanted);
            return this;
        }

        String text(String field) {
            return json.path(field).asString("");
        }
    }

    /** A fresh account on {@code oriel}. */
    static OrielUser register(RunningOriel oriel) {
        return register(oriel, "u" + UUID.randomUUID().toString().substring(0, 12));
    }

    /** A fresh account of this name; waits when other tests have just made too many from this address. */
    static OrielUser register(RunningOriel oriel, String name) {
        OrielUser anonymous = anonymous(oriel);
        String body = "{\"username\":\"" + name + "\",\"password\":\"" + PASSWORD + "\"}";
        Answer answer = Awaitility.await("room for another account")
                .atMost(Duration.ofSeconds(30))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> anonymous.send("POST", "/api/auth/register", body), seen -> seen.status() != 429)
                .expect(201);
        return new OrielUser(anonymous.url, anonymous.http, answer.text("accessToken"));
    }

    /** An account that is there already. */
    static OrielUser signIn(RunningOriel oriel, String name, String password) {
        OrielUser anonymous = anonymous(oriel);
        Answer answer = anonymous
                .send(
                        "POST",
                        "/api/auth/login",
                        "{\"username\":\"" + name + "\",\"password\":\"" + password + "\"}",
                        "Accept",
                        "application/json")
                .expect(200);
        return new OrielUser(anonymous.url, anonymous.http, answer.text("accessToken"));
    }

    static OrielUser anonymous(RunningOriel oriel) {
        return new OrielUser(oriel.url(), client(oriel.data().resolve("tls/ca.pem")), "");
    }

    /** The same account after Oriel was started again on another port. */
    OrielUser on(RunningOriel oriel) {
        return new OrielUser(oriel.url(), client(oriel.data().resolve("tls/ca.pem")), token);
    }

    /** The same person by another token. */
    OrielUser by(String other) {
        return new OrielUser(url, http, other);
    }

    /** The same person by a token that outlives the ten minutes of a login. */
    OrielUser forLong() {
        return by(post("/api/auth/tokens", "{\"name\":\"test\",\"scopes\":[\"vm:read\",\"vm:write\",\"console\"]}")
                .expect(201)
                .text("token"));
    }

    Answer get(String path) {
        return send("GET", path, "");
    }

    Answer post(String path, String body) {
        return send("POST", path, body);
    }

    Answer delete(String path) {
        return send("DELETE", path, "");
    }

    Answer send(String method, String path, String body, String... headers) {
        HttpRequest.Builder request = request(path)
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request);
    }

    /** Sends one file to {@code /post} as multipart form data. */
    Answer upload(String name, String kind, byte[] content) {
        return upload(name, kind, "", content);
    }

    /** As {@link #upload(String, String, byte[])}, saying what format it is; empty: what its bytes say. */
    Answer upload(String name, String kind, String format, byte[] content) {
        String boundary = "oriel-test-boundary";
        String head = "--" + boundary + "\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\n" + kind + "\r\n--"
                + boundary
                + (format.isEmpty()
                        ? ""
                        : "\r\nContent-Disposition: form-data; name=\"format\"\r\n\r\n" + format + "\r\n--" + boundary)
                + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name
                + "\"\r\nContent-Type: application/octet-stream\r\n\r\n";
        String tail = "\r\n--" + boundary + "--\r\n";
        HttpRequest.BodyPublisher body = HttpRequest.BodyPublishers.concat(
                HttpRequest.BodyPublishers.ofString(head),
                HttpRequest.BodyPublishers.ofByteArray(content),
                HttpRequest.BodyPublishers.ofString(tail));
        return send(request("/api/post")
                .header("Content-Type", "multipart/form-data; boundary=" + boundary)
                .method("POST", body));
    }

    /** Sends the next piece of a resumable upload. */
    Answer sendPiece(String path, long offset, byte[] piece) {
        return send(request(path)
                .header("Tus-Resumable", "1.0.0")
                .header("Upload-Offset", String.valueOf(offset))
                .header("Content-Type", "application/offset+octet-stream")
                .method("PATCH", HttpRequest.BodyPublishers.ofByteArray(piece)));
    }

    byte[] download(String path) {
        try {
            HttpResponse<byte[]> response =
                    http.send(request(path).GET().build(), HttpResponse.BodyHandlers.ofByteArray());
            assertThat(response.statusCode()).isEqualTo(200);
            return response.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** An answer that comes bit by bit. */
    InputStream listen(String path, String lastEventId) {
        try {
            HttpResponse<InputStream> response = http.send(
                    request(path)
                            .setHeader("Accept", "text/event-stream")
                            .setHeader("Last-Event-ID", lastEventId)
                            .build(),
                    HttpResponse.BodyHandlers.ofInputStream());
            assertThat(response.statusCode()).isEqualTo(200);
            return response.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Makes a VM and waits until it runs. */
    JsonNode createRunning(String template) {
        return createRunning(Map.of("template", template));
    }

    JsonNode createRunning(Map<String, ?> body) {
        return createRunning("/api/vm", body);
    }

    /** Makes a VM of a team's and waits until it runs; gives its id. */
    String createRunning(String team, String template) {
        return createRunning("/api/vm?team=" + team, Map.of("template", template))
                .path("id")
                .asString();
    }

    private JsonNode createRunning(String path, Map<String, ?> body) {
        Answer answer = send("POST", path, JsonMapper.shared().writeValueAsString(body), "Prefer", "wait=30");
        assertThat(answer.status()).as("create: %s", answer.json()).isIn(201, 202);
        awaitState(answer.text("id"), "running", Duration.ofSeconds(60));
        return answer.json();
    }

    void awaitState(String vm, String state, Duration limit) {
        Awaitility.await("VM is " + state)
                .atMost(limit)
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(() -> {
                    Answer answer = get("/api/vm/" + vm).expect(200);
                    assertThat(answer.text("state"))
                            .as("state of %s", answer.json())
                            .isEqualTo(state);
                });
    }

    /** Deletes a VM and waits until it is 404. */
    void deleteFully(String vm) {
        assertThat(delete("/api/vm/" + vm).status()).isIn(200, 202, 204);
        Awaitility.await("VM is gone")
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(get("/api/vm/" + vm).status()).isEqualTo(404));
    }

    void awaitTemplate(String name, Duration limit) {
        Awaitility.await("template " + name + " is ready")
                .atMost(limit)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> {
                    for (JsonNode template :
                            get("/api/vm/templates").expect(200).json()) {
                        if (template.path("name").asString("").equals(name)
                                && template.path("ready").asBoolean()) {
                            return true;
                        }
                    }
                    return false;
                });
    }

    /** A fresh console ticket: {@code url}, {@code ticket}. */
    Answer console(String vm) {
        return post("/api/vm/" + vm + "/console", "").expect(200);
    }

    String token() {
        return token;
    }

    HttpClient http() {
        return http;
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                .timeout(Duration.ofSeconds(75))
                .header("Accept", "application/json");
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        return request;
    }

    private Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            boolean json =
                    response.headers().firstValue("Content-Type").orElse("").contains("json");
            JsonNode body = json
                    ? JsonMapper.shared().readTree(response.body())
                    : JsonMapper.shared().missingNode();
            return new Answer(response.statusCode(), response.headers(), body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    static SSLContext trusting(Path caFile) {
        try (InputStream pem = Files.newInputStream(caFile)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setCertificateEntry(
                    "oriel", CertificateFactory.getInstance("X.509").generateCertificate(pem));
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static HttpClient client(Path caFile) {
        return HttpClient.newBuilder()
                .sslContext(trusting(caFile))
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(10))
                .build();
    }
}
