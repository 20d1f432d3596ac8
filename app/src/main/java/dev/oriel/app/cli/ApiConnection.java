package dev.oriel.app.cli;

import dev.oriel.app.tls.TrustedAuthority;
import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * Talks to the API as the signed-in user; an access token that ended is replaced once per command. Not thread-safe.
 */
final class ApiConnection {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);
    private static final String REFRESH_COOKIE = "__Secure-oriel-refresh";
    private static final int UNAUTHORISED = 401;
    private static final int ERROR = 400;

    private final URI url;
    private final Path file;
    private final HttpClient client;
    private Optional<Credentials> credentials;

    /** {@code ca}: an authority to trust instead of the system's. */
    ApiConnection(URI url, Path file, Optional<Path> ca) {
        this.url = url;
        this.file = file;
        this.credentials = Credentials.load(file).filter(kept -> kept.url().equals(url));
        HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(CONNECT_LIMIT);
        ca.ifPresent(path -> builder.sslContext(trusting(path)));
        this.client = builder.build();
    }

    URI url() {
        return url;
    }

    /** Signs in and keeps the tokens. */
    void login(String username, String password) {
        HttpRequest request = request("/auth/login")
                .POST(HttpRequest.BodyPublishers.ofString(OrielJson.mapper()
                        .writeValueAsString(java.util.Map.of("username", username, "password", password))))
                .build();
        HttpResponse<String> answer = send(request);
        keep(answer, parse(answer));
    }

    JsonNode get(String path) {
        return call("GET", path, HttpRequest.BodyPublishers.noBody());
    }

    JsonNode delete(String path) {
        return call("DELETE", path, HttpRequest.BodyPublishers.noBody());
    }

    JsonNode post(String path, Object body) {
        return call(
                "POST",
                path,
                HttpRequest.BodyPublishers.ofString(OrielJson.mapper().writeValueAsString(body)));
    }

    JsonNode patch(String path, Object body) {
        return call(
                "PATCH",
                path,
                HttpRequest.BodyPublishers.ofString(OrielJson.mapper().writeValueAsString(body)));
    }

    /** Sends a file as the part {@code file} of a form, streamed. */
    JsonNode upload(String path, Path content, String kind) {
        MultipartBody body = new MultipartBody(content, kind);
        return callAs(body.contentType(), "POST", path, body.publisher());
    }

    private JsonNode call(String method, String path, HttpRequest.BodyPublisher body) {
        return callAs("application/json", method, path, body);
    }

    private JsonNode callAs(String type, String method, String path, HttpRequest.BodyPublisher body) {
        Credentials signedIn = credentials.orElseThrow(
                () -> new CommandFailure(ExitClass.FORBIDDEN, "not signed in at " + url + ": run `oriel login` first"));
        HttpResponse<String> answer = send(authorised(type, method, path, body, signedIn));
        if (answer.statusCode() == UNAUTHORISED) {
            refresh(signedIn);
            answer = send(authorised(type, method, path, body, credentials.orElse(signedIn)));
        }
        return parse(answer);
    }

    private HttpRequest authorised(
            String type, String method, String path, HttpRequest.BodyPublisher body, Credentials signedIn) {
        return request(path)
                .setHeader("Content-Type", type)
                .header("Authorization", "Bearer " + signedIn.access())
                .method(method, body)
                .build();
    }

    private void refresh(Credentials ended) {
        HttpResponse<String> answer = send(request("/auth/refresh")
                .header("Cookie", REFRESH_COOKIE + "=" + ended.refresh())
                .header("Origin", url.toString())
                .POST(HttpRequest.BodyPublishers.noBody())
                .build());
        if (answer.statusCode() >= ERROR) {
            throw new CommandFailure(ExitClass.FORBIDDEN, "your sign-in has ended: run `oriel login` again");
        }
        keep(answer, parse(answer));
    }

    private void keep(HttpResponse<String> answer, JsonNode body) {
        String refresh = answer.headers().allValues("set-cookie").stream()
                .filter(cookie -> cookie.startsWith(REFRESH_COOKIE + "="))
                .map(cookie -> cookie.substring(REFRESH_COOKIE.length() + 1).split(";", 2)[0])
                .findFirst()
                .orElseThrow(() -> new CommandFailure(ExitClass.OTHER, "the server gave no refresh token"));
        Credentials fresh = new Credentials(url, body.path("accessToken").asString(""), refresh);
        fresh.save(file);
        credentials = Optional.of(fresh);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url + "/api" + path))
                .timeout(LIMIT)
                .header("Accept", "application/json")
                .header("Content-Type", "application/json");
    }

    private HttpResponse<String> send(HttpRequest request) {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitClass.UNAVAILABLE, url + " does not answer (" + reason(e) + "): is `oriel up` running there?");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure(ExitClass.OTHER, "interrupted");
        }
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private static JsonNode parse(HttpResponse<String> answer) {
        JsonNode body = body(answer.body());
        if (answer.statusCode() < ERROR) {
            return body;
        }
        String problem = body.path("code").asString("");
        String detail = body.path("detail").asString("the server answered " + answer.statusCode());
        String hint = body.path("hint").asString("");
        throw new CommandFailure(
                ExitClass.of(answer.statusCode(), problem), hint.isEmpty() ? detail : detail + "\n  → " + hint);
    }

    private static JsonNode body(@Nullable String text) {
        try {
            return text == null || text.isBlank()
                    ? MissingNode.getInstance()
                    : OrielJson.mapper().readTree(text);
        } catch (JacksonException e) {
            // A proxy's page, perhaps: the status says enough.
            return MissingNode.getInstance();
        }
    }

    private static SSLContext trusting(Path ca) {
        try {
            return TrustedAuthority.context(ca);
        } catch (IOException | GeneralSecurityException e) {
            throw new CommandFailure(
                    ExitClass.OTHER, "the certificate in " + ca + " cannot be read: " + e.getMessage());
        }
    }
}
