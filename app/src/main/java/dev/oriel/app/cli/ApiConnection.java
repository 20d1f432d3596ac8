package dev.oriel.app.cli;

import static java.net.http.HttpRequest.BodyPublishers.noBody;

import dev.oriel.app.tls.TrustedAuthority;
import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.MissingNode;

/** Talks to the API as the signed-in user, by an API token. Not thread-safe. */
final class ApiConnection {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    /** The most that the API waits for a VM; less than {@link #LIMIT}. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Duration TRANSFER_LIMIT = Duration.ofHours(6);
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);
    /** Files from here on are sent so that a cut does not lose what was sent, in bytes. */
    private static final long LARGE = 8L << 20;

    /** What can belong to a team. */
    private static final Pattern OF_TEAMS = Pattern.compile("/(vm|post|usage|webhooks)(?![a-z])");

    private static final Pattern NEXT_PAGE = Pattern.compile("</api(/[^>]+)>; rel=\"next\"");

    private static final int UNAUTHORISED = 401;
    private static final int REDIRECT = 300;
    private static final int ERROR = 400;

    private final URI url;
    private final Path file;
    private final HttpClient client;
    private Optional<Credentials> credentials;
    private Optional<String> team = Optional.empty();

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

    /** From here on VMs, files and usage are those of this team, named by id or name. */
    void actFor(String wanted) {
        team = Optional.of(TeamCommands.id(this, wanted));
    }

    /**
     * Signs in by password for as long as it takes to make an API token called {@code name}, and keeps that.
     *
     * @param code asked for when the account has a second factor
     * @return what the API says of the token
     */
    JsonNode login(String username, String password, Supplier<String> code, String name, Duration lifetime) {
        JsonNode login = signIn(username, password, code);
        String access = login.path("accessToken").asString("");
        Map<String, Object> wanted = new LinkedHashMap<>();
        wanted.put("name", name);
        wanted.put("scopes", scopesFor(login.path("role").asString("")));
        wanted.put("expiresInDays", lifetime.toDays());
        try {
            JsonNode made = parse(
                    send(authorised("/auth/tokens", access).POST(json(wanted)).build()));
            Credentials fresh = new Credentials(url, made.path("token").asString(""));
            fresh.save(file);
            credentials = Optional.of(fresh);
            return made;
        } finally {
            send(authorised("/auth/logout", access).POST(noBody()).build());
        }
    }

    private JsonNode signIn(String username, String password, Supplier<String> code) {
        Map<String, String> wanted = new LinkedHashMap<>(Map.of("username", username, "password", password));
        HttpResponse<String> answer =
                send(request("/auth/login").POST(json(wanted)).build());
        if (body(answer.body()).path("code").asString("").equals("second-factor-required")) {
            wanted.put("code", code.get());
            answer = send(request("/auth/login").POST(json(wanted)).build());
        }
        return parse(answer);
    }

    /** Ends the API token and forgets it; fine when there is none. */
    void logout() {
        credentials.ifPresent(kept ->
                send(authorised("/auth/logout", kept.token()).POST(noBody()).build()));
        Credentials.forget(file);
        credentials = Optional.empty();
    }

    private static List<String> scopesFor(String role) {
        List<String> scopes = new ArrayList<>(List.of("vm:read", "vm:write", "console", "files:read", "files:write"));
        if (!role.equals("user")) {
            scopes.add("admin");
        }
        return scopes;
    }

    JsonNode get(String path) {
        return call("GET", path, noBody());
    }

    /** A list that comes in pages, as one. */
    JsonNode all(String path) {
        ArrayNode all = OrielJson.mapper().createArrayNode();
        Optional<String> next = Optional.of(path);
        while (next.isPresent()) {
            HttpResponse<String> page = exchange("application/json", "GET", next.get(), noBody(), LIMIT);
            parse(page).forEach(all::add);
            next = page.headers().firstValue("Link").flatMap(ApiConnection::nextPage);
        }
        return all;
    }

    /** From a {@code Link} header, as a path here. */
    private static Optional<String> nextPage(String link) {
        return Optional.of(NEXT_PAGE.matcher(link)).filter(Matcher::matches).map(found -> found.group(1));
    }

    JsonNode delete(String path) {
        return call("DELETE", path, noBody());
    }

    JsonNode post(String path, Object body) {
        return call("POST", path, json(body));
    }

    /** Tells VMs to get somewhere, and waits until they are there, or it takes too long. */
    JsonNode postAndWait(String path, Object body) {
        try (Waiting _ = Waiting.begin()) {
            return parse(sent(authorised(path, signedIn().token())
                    .header("Prefer", "wait=" + PATIENCE.toSeconds())
                    .POST(json(body))));
        }
    }

    JsonNode put(String path, Object body) {
        return call("PUT", path, json(body));
    }

    JsonNode patch(String path, Object body) {
        return call("PATCH", path, json(body));
    }

    /** Sends a file as the part {@code file} of a form, streamed. */
    JsonNode upload(String path, Path content, Map<String, String> fields) {
        MultipartBody body = new MultipartBody(content, fields);
        if (body.size() >= LARGE) {
            return uploadResumably(content, body.size(), fields);
        }
        TransferProgress progress = TransferProgress.of(content.getFileName().toString());
        return callAs(body.contentType(), "POST", path, body.publisher(progress), TRANSFER_LIMIT);
    }

    private JsonNode uploadResumably(Path content, long size, Map<String, String> fields) {
        String token = signedIn().token();
        ResumableUpload upload = new ResumableUpload(
                client,
                path -> authorised(path, token).timeout(TRANSFER_LIMIT),
                content,
                size,
                UserCache.directory("uploads"));
        try {
            return switch (upload.send(
                    fields, TransferProgress.of(content.getFileName().toString()))) {
                case ResumableUpload.Result.Refused(HttpResponse<String> answer) -> parse(answer);
                case ResumableUpload.Result.Stored(String id) -> get("/post/" + id);
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure(ExitClass.OTHER, "interrupted");
        }
    }

    /** A download that goes on where it was cut off. */
    ResumableDownload download(String path) {
        String token = signedIn().token();
        return new ResumableDownload(
                client, () -> authorised(path, token).timeout(TRANSFER_LIMIT).setHeader("Accept", "*/*"));
    }

    /** What a user wrote, as one segment of a path. */
    static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private JsonNode call(String method, String path, HttpRequest.BodyPublisher body) {
        return callAs("application/json", method, path, body, LIMIT);
    }

    private Credentials signedIn() {
        return credentials.orElseThrow(
                () -> new CommandFailure(ExitClass.FORBIDDEN, "not signed in at " + url + ": run `oriel login` first"));
    }

    private JsonNode callAs(String type, String method, String path, HttpRequest.BodyPublisher body, Duration limit) {
        return parse(exchange(type, method, path, body, limit));
    }

    private HttpResponse<String> exchange(
            String type, String method, String path, HttpRequest.BodyPublisher body, Duration limit) {
        return sent(authorised(path, signedIn().token())
                .timeout(limit)
                .setHeader("Content-Type", type)
                .method(method, body));
    }

    private HttpResponse<String> sent(HttpRequest.Builder request) {
        HttpResponse<String> answer = send(request.build());
        if (answer.statusCode() == UNAUTHORISED) {
            throw new CommandFailure(ExitClass.FORBIDDEN, "your sign-in has ended: run `oriel login` again");
        }
        return answer;
    }

    private HttpRequest.Builder authorised(String path, String token) {
        return request(path).header("Authorization", "Bearer " + token);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url + "/api" + ofTeam(path)))
                .timeout(LIMIT)
                .header("Accept", "application/json")
                .header("Content-Type", "application/json");
    }

    private String ofTeam(String path) {
        if (team.isEmpty() || !OF_TEAMS.matcher(path).lookingAt() || path.contains("team=")) {
            return path;
        }
        return path + (path.contains("?") ? "&" : "?") + "team=" + team.get();
    }

    private HttpResponse<String> send(HttpRequest request) {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (SSLHandshakeException e) {
            throw new CommandFailure(
                    ExitClass.UNAVAILABLE,
                    "the certificate of " + url + " is not to be trusted (" + reason(e)
                            + ")\n  → give its authority by --ca FILE; that of an Oriel on this machine by --data DIR");
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitClass.UNAVAILABLE, url + " does not answer (" + reason(e) + "): is `oriel up` running there?");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure(ExitClass.OTHER, "interrupted");
        }
    }

    private static HttpRequest.BodyPublisher json(Object body) {
        return HttpRequest.BodyPublishers.ofString(OrielJson.mapper().writeValueAsString(body));
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private static JsonNode parse(HttpResponse<String> answer) {
        JsonNode body = body(answer.body());
        if (answer.statusCode() >= REDIRECT && answer.statusCode() < ERROR) {
            throw new CommandFailure(
                    ExitClass.UNAVAILABLE,
                    answer.request().uri() + " is not here, but at "
                            + answer.headers().firstValue("Location").orElse("another place")
                            + ": give the right address by --url");
        }
        if (answer.statusCode() < ERROR) {
            if (body.isMissingNode() && !answer.body().isBlank()) {
                throw new CommandFailure(
                        ExitClass.UNAVAILABLE,
                        answer.request().uri() + " does not answer like an Oriel: is the address right?");
            }
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
