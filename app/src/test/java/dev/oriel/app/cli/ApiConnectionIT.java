package dev.oriel.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The command line's side of the API, against a server that keeps its sign-in rules. */
class ApiConnectionIT {
    @TempDir
    Path directory;

    private final List<String> seen = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private ApiConnection api;
    private Path file;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        file = directory.resolve("oriel/credentials");
        api = connect();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void login_isKeptPrivate_andUsedByTheNextCommand() throws IOException {
        login();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(connect().get("/vm").isArray()).isTrue();
        assertThat(seen).last().asString().contains("GET /api/vm Bearer oriel_1");
    }

    @Test
    void login_keepsAnApiToken_andEndsThePasswordsLogin() {
        login();
        assertThat(Credentials.load(file)).hasValue(new Credentials(api.url(), "oriel_1"));
        assertThat(seen).anyMatch(line -> line.contains("POST /api/auth/tokens Bearer access"));
        assertThat(seen).last().asString().contains("POST /api/auth/logout Bearer access");
    }

    @Test
    void logout_endsTheToken_andForgetsIt() {
        login();
        connect().logout();
        assertThat(seen).last().asString().contains("POST /api/auth/logout Bearer oriel_1");
        assertThat(file).doesNotExist();
        connect().logout();
    }

    @Test
    void endedSignIn_isToldAsSuch() {
        new Credentials(api.url(), "ended").save(file);
        assertFailure(
                ExitClass.FORBIDDEN, "run `oriel login` again", () -> connect().get("/vm"));
    }

    @Test
    void credentialsOfAnOlderOriel_areTheSameAsNone() throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "{\"url\":\"" + api.url() + "\",\"access\":\"a\",\"refresh\":\"b\"}");
        assertFailure(
                ExitClass.FORBIDDEN, "run `oriel login` first", () -> connect().get("/vm"));
    }

    @Test
    void noSignIn_isToldBeforeAnythingIsSent() {
        assertFailure(ExitClass.FORBIDDEN, "run `oriel login` first", () -> api.get("/vm"));
        assertThat(seen).isEmpty();
    }

    @Test
    void problems_becomeExitClasses_withTheirHint() {
        login();
        assertFailure(ExitClass.REFUSED, "→ Stop or delete one", () -> api.post("/quota", Map.of()));
        assertFailure(ExitClass.NOT_FOUND, "404", () -> api.get("/missing"));
        server.stop(0);
        assertFailure(ExitClass.UNAVAILABLE, "does not answer", () -> api.get("/vm"));
    }

    @Test
    void listInPages_isReadToItsEnd() {
        login();
        assertThat(api.all("/pages").valueStream().map(JsonNode::asInt)).containsExactly(1, 2, 3);
    }

    @Test
    void answerThatIsNoOriels_isNoSuccess() {
        login();
        assertFailure(ExitClass.UNAVAILABLE, "https://here.example/x: give the right address", () -> api.get("/moved"));
        assertFailure(ExitClass.UNAVAILABLE, "does not answer like an Oriel", () -> api.get("/page"));
    }

    /** As the port for plain HTTP does. */
    @Test
    void loginAtAnAddressThatRedirects_isRefused_andKeepsNothing() throws IOException {
        ApiConnection wrong = new ApiConnection(URI.create(api.url() + "/elsewhere"), file, Optional.empty());
        assertFailure(
                ExitClass.UNAVAILABLE,
                "https://here.example/x",
                () -> wrong.login("ada", "right", () -> "123456", "the tests", Duration.ofDays(30)));
        assertThat(file).doesNotExist();
    }

    @Test
    void wishForAVm_isWaitedFor_andOneThatFailedIsNoSuccess() {
        login();
        JsonNode vm = api.postAndWait("/patient", Map.of());
        assertThat(vm.path("waited").asString("")).isEqualTo("wait=60");
        assertFailure(ExitClass.OTHER, "web failed: no-kernel", () -> VmCommands.requireAlive(vm));
    }

    @Test
    void waiting_isCounted_andClearedAway() throws Exception {
        ByteArrayOutputStream seen = new ByteArrayOutputStream();
        try (Waiting _ = Waiting.begin(new PrintStream(seen, true, StandardCharsets.UTF_8))) {
            Awaitility.await().until(() -> seen.toString(StandardCharsets.UTF_8).contains("2 s"));
        }
        assertThat(seen.toString(StandardCharsets.UTF_8))
                .startsWith("\r  … 1 s")
                .endsWith(" \r");
    }

    @Test
    void directory_isNotUploaded() {
        login();
        assertFailure(ExitClass.REFUSED, "is a directory", () -> api.upload("/post", directory, Map.of()));
    }

    @Test
    void upload_isAFormWithTheFile() throws IOException {
        login();
        Path disc = Files.writeString(directory.resolve("a \"disc\".iso"), "content");
        assertThat(api.upload("/post", disc, Map.of("kind", "iso")).path("body").asString(""))
                .contains("name=\"kind\"\r\n\r\niso\r\n")
                .contains("filename=\"a _disc_.iso\"")
                .contains("\r\n\r\ncontent\r\n--");
    }

    private void login() {
        api.login("ada", "right", () -> "123456", "the tests", Duration.ofDays(30));
    }

    private ApiConnection connect() {
        return new ApiConnection(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()), file, Optional.empty());
    }

    private static void assertFailure(ExitClass exit, String text, Runnable command) {
        assertThatThrownBy(command::run)
                .isInstanceOfSatisfying(
                        CommandFailure.class,
                        failure -> assertThat(failure.exit()).isEqualTo(exit))
                .hasMessageContaining(text);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String token = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        seen.add(exchange.getRequestMethod() + " " + path + " " + token);
        switch (path) {
            case "/api/auth/login" -> {
                boolean coded = body.contains("\"code\":\"123456\"");
                send(
                        exchange,
                        coded ? 200 : 401,
                        coded
                                ? "{\"accessToken\":\"access\",\"role\":\"user\"}"
                                : "{\"code\":\"second-factor-required\"}");
            }
            case "/api/auth/tokens" ->
                send(exchange, token.equals("Bearer access") ? 201 : 401, "{\"token\":\"oriel_1\"}");
            case "/api/auth/logout" -> send(exchange, 204, "");
            case "/api/vm" -> send(exchange, token.equals("Bearer oriel_1") ? 200 : 401, "[]");
            case "/api/pages" -> {
                boolean first = exchange.getRequestURI().getRawQuery() == null;
                if (first) {
                    exchange.getResponseHeaders().set("Link", "</api/pages?limit=2&after=a%2Fb>; rel=\"next\"");
                }
                send(exchange, 200, first ? "[1,2]" : "[3]");
            }
            case "/api/moved", "/elsewhere/api/auth/login" -> {
                exchange.getResponseHeaders().set("Location", "https://here.example/x");
                send(exchange, 301, "<html>");
            }
            case "/api/patient" ->
                send(
                        exchange,
                        202,
                        "{\"name\":\"web\",\"state\":\"failed\",\"reason\":\"no-kernel\",\"waited\":\""
                                + exchange.getRequestHeaders().getFirst("Prefer") + "\"}");
            case "/api/page" -> send(exchange, 200, "<html>");
            case "/api/quota" ->
                send(exchange, 403, "{\"code\":\"quota-exceeded\",\"detail\":\"no\",\"hint\":\"Stop or delete one.\"}");
            case "/api/post" ->
                send(
                        exchange,
                        201,
                        new tools.jackson.databind.json.JsonMapper().writeValueAsString(Map.of("body", body)));
            default -> send(exchange, 404, "<html>");
        }
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, status == 204 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
