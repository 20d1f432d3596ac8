package dev.oriel.api.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Signing in at a real OpenID provider: panva's oidc-provider from npm, as a process of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OidcIT {
    private static final String PUBLIC_URL = "https://localhost:8443";
    private static final Path SOURCES = Path.of("src/test/oidc");
    private static final Path HOME = Path.of("target/oidc");
    private static final Pattern FORM = Pattern.compile("action=\"([^\"]+)\"");

    private Process provider = idle();
    private String issuer = "";
    private TestApi api = ApiTestServers.startApi(Map.of());

    @BeforeAll
    void startProvider() throws Exception {
        api.close();
        Files.createDirectories(HOME);
        for (String file : List.of("package.json", "package-lock.json", "provider.js")) {
            Files.write(HOME.resolve(file), Files.readAllBytes(SOURCES.resolve(file)));
        }
        if (!Files.exists(HOME.resolve("node_modules/oidc-provider"))) {
            run("npm", "ci", "--no-audit", "--no-fund");
        }
        provider.destroy();
        provider = new ProcessBuilder("node", "provider.js", PUBLIC_URL + "/api/auth/oidc/callback")
                .directory(HOME.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(provider.getInputStream(), StandardCharsets.UTF_8));
        String line = String.valueOf(lines.readLine());
        assertThat(line).startsWith("ready ");
        issuer = line.substring("ready ".length());
        api = ApiTestServers.startApi(Map.of(
                "oriel.oidc.issuer", issuer,
                "oriel.oidc.client-id", "oriel",
                "oriel.oidc.client-secret", "secret-of-the-test-client",
                "oriel.oidc.name", "Example Ltd",
                "oriel.registration", "closed"));
    }

    @AfterAll
    void close() {
        api.close();
        provider.destroyForcibly();
    }

    @Test
    void whoeverSignsInThere_getsAnAccount_andTheSameOneAgain() {
        Arrived first = signIn("idp|ann");
        assertThat(first.location()).isEqualTo("/pages/login?next=%2Fpages%2Ffiles");
        assertThat(first.username()).isEqualTo("ann");
        assertThat(signIn("idp|ann").id()).isEqualTo(first.id());
        // Another with the same name, and one who has been here for long, are not she.
        Arrived second = signIn("other|ann");
        assertThat(second.username()).isEqualTo("ann-2");
        assertThat(signIn("idp|admin").username()).isEqualTo("admin-2");
        // Letters that become several, that no name begins with, or that are cut in the middle.
        assertThat(signIn("idp|\uFDFA").username()).matches("[\\p{L}-]{3,26}");
        assertThat(signIn("idp|\u0301\uD840\uDC00\uD840\uDC01").username()).isEqualTo("Somebody");
        assertThat(signIn("idp|a" + "\uD840\uDC00".repeat(30)).username()).isEqualTo("a" + "\uD840\uDC00".repeat(25));
        // Without a password nobody signs in by one.
        for (String password : List.of("", "ann", "a long enough password")) {
            assertThat(api.post("/auth/login", Map.of("username", "ann", "password", password))
                            .statusCode())
                    .isEqualTo(401);
        }
        assertThat(api.get("/pages/login").body()).contains("Example Ltd").contains("/api/auth/oidc/start");
    }

    @Test
    void anAnswerThatTheBrowserDidNotAskFor_signsNobodyIn() {
        HttpResponse<String> start = api.get("/auth/oidc/start");
        String cookie = cookie(start);
        String answer = throughProvider(start, "idp|mallory");
        // Somebody else's browser, a changed state, a changed cookie, the same answer twice.
        assertThat(callback(answer, "").headers().allValues("Set-Cookie")).noneMatch(OidcIT::signsIn);
        assertThat(callback(answer.replaceAll("state=[^&]*", "state=guessed"), cookie)
                        .headers()
                        .allValues("Set-Cookie"))
                .noneMatch(OidcIT::signsIn);
        assertThat(callback(answer, cookie.substring(0, cookie.length() - 3) + "abc")
                        .headers()
                        .allValues("Set-Cookie"))
                .noneMatch(OidcIT::signsIn);
        for (String code : List.of("", "code=", "code=%20", "code=%00", "code=" + "x".repeat(3000), "code=%22%0d%0a")) {
            HttpResponse<String> odd = callback(answer.replaceAll("code=[^&]*", code), cookie);
            assertThat(odd.statusCode()).as(code).isIn(302, 400);
            assertThat(odd.headers().allValues("Set-Cookie")).noneMatch(OidcIT::signsIn);
        }
        HttpResponse<String> right = callback(answer, cookie);
        assertThat(right.headers().allValues("Set-Cookie")).anyMatch(OidcIT::signsIn);
        HttpResponse<String> again = callback(answer, cookie);
        assertThat(again.statusCode()).isEqualTo(302);
        assertThat(location(again)).isEqualTo("/pages/login?failed");
        assertThat(again.headers().allValues("Set-Cookie")).noneMatch(OidcIT::signsIn);
    }

    @Test
    void ownerOfAnAccount_linksIt_andSomebodyElsesAnswerDoesNot() {
        String password = "a long enough password";
        String linda = makeUser("linda", password);
        String token = login("linda", password);
        assertThat(link("not the password", token).statusCode()).isEqualTo(401);
        assertThat(TestApi.json(get("/auth/oidc/link", token)).get("since").isNull())
                .isTrue();
        // Begun by Linda, finished in a browser that is signed in as nobody, or as somebody else.
        makeUser("marvin", password);
        String marvin = login("marvin", password);
        for (String finisher : List.of("", "; __Host-oriel-access=" + marvin)) {
            HttpResponse<String> begun = link(password, token);
            String answer = throughProvider(destination(begun), "idp|linda-there");
            assertThat(location(callback(answer, cookie(begun) + finisher))).isEqualTo("/pages/account?link=failed");
        }
        HttpResponse<String> begun = link(password, token);
        String answer = throughProvider(destination(begun), "idp|linda-there");
        String both = cookie(begun) + "; __Host-oriel-access=" + token;
        assertThat(location(callback(answer, both))).isEqualTo("/pages/account?link=done");
        assertThat(signIn("idp|linda-there").id()).isEqualTo(linda);
        // It is hers alone, and ends when she says so; who has no password cannot end it.
        HttpResponse<String> other = link(password, marvin);
        String taken = throughProvider(destination(other), "idp|linda-there");
        assertThat(location(callback(taken, cookie(other) + "; __Host-oriel-access=" + marvin)))
                .isEqualTo("/pages/account?link=taken");
        assertThat(delete("/auth/oidc/link", token)).isEqualTo(204);
        Arrived made = signIn("idp|linda-there");
        assertThat(made.id()).isNotEqualTo(linda);
        assertThat(delete("/auth/oidc/link", made.access())).isEqualTo(409);
    }

    private String makeUser(String name, String password) {
        HttpResponse<String> made =
                api.send(api.jsonRequest("/admin/users", Map.of("username", name, "password", password))
                        .header("Authorization", "Bearer " + login("admin", "password of admin in tests")));
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        return TestApi.json(made).at("/user/id").asString();
    }

    private String login(String name, String password) {
        return TestApi.json(api.post("/auth/login", Map.of("username", name, "password", password)))
                .get("accessToken")
                .asString();
    }

    private HttpResponse<String> link(String password, String token) {
        return api.send(api.jsonRequest("/auth/oidc/link", Map.of("password", password))
                .header("Authorization", "Bearer " + token));
    }

    private HttpResponse<String> get(String path, String token) {
        return api.send(api.request(path).header("Authorization", "Bearer " + token));
    }

    private int delete(String path, String token) {
        return api.send(api.request(path)
                        .header("Authorization", "Bearer " + token)
                        .DELETE())
                .statusCode();
    }

    private static String destination(HttpResponse<String> begun) {
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(200);
        return TestApi.json(begun).get("location").asString();
    }

    @Test
    void whereNoProviderIsSet_theRoutesAreNotThere() {
        try (TestApi plain = ApiTestServers.startApi(Map.of())) {
            assertThat(plain.get("/auth/oidc/start").statusCode()).isEqualTo(404);
            assertThat(plain.get("/auth/oidc/callback?code=x&state=y").statusCode())
                    .isEqualTo(404);
            assertThat(plain.get("/pages/login").body()).doesNotContain("/auth/oidc/");
        }
    }

    /** Somebody who came back signed in. */
    private record Arrived(String location, String id, String username, String access) {}

    private Arrived signIn(String who) {
        HttpResponse<String> start = api.get("/auth/oidc/start?next=%2Fpages%2Ffiles");
        HttpResponse<String> done = callback(throughProvider(start, who), cookie(start));
        String access = done.headers().allValues("Set-Cookie").stream()
                .filter(OidcIT::signsIn)
                .map(text -> text.substring(0, text.indexOf(';')))
                .findFirst()
                .orElseThrow(() -> new AssertionError(done.headers().map()));
        HttpResponse<String> me = api.send(api.request("/auth/me").header("Cookie", access));
        return new Arrived(
                location(done),
                TestApi.json(me).get("id").asString(),
                TestApi.json(me).get("username").asString(),
                access.substring(access.indexOf('=') + 1));
    }

    private static boolean signsIn(String setCookie) {
        return setCookie.startsWith("__Host-oriel-access=ey");
    }

    private HttpResponse<String> callback(String address, String cookie) {
        String path = address.substring(address.indexOf("/auth/oidc/callback"));
        return api.send(api.request(path).header("Cookie", cookie.isEmpty() ? "none=1" : cookie));
    }

    private static String cookie(HttpResponse<String> start) {
        String set = start.headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(set).startsWith("__Host-oriel-oidc=v1.").contains("HttpOnly").contains("SameSite=Lax");
        return set.substring(0, set.indexOf(';'));
    }

    private static String location(HttpResponse<String> answer) {
        return answer.headers().firstValue("Location").orElseThrow(() -> new AssertionError(answer.body()));
    }

    /** Goes where the API sends the browser, signs in and agrees there, and gives the address that it is sent back to. */
    private String throughProvider(HttpResponse<String> start, String who) {
        assertThat(start.statusCode()).as(start.body()).isEqualTo(302);
        return throughProvider(location(start), who);
    }

    private String throughProvider(String destination, String who) {
        assertThat(destination).startsWith(issuer).contains("code_challenge_method=S256");
        try (HttpClient browser =
                HttpClient.newBuilder().cookieHandler(new CookieManager()).build()) {
            URI at = URI.create(destination);
            HttpRequest request = HttpRequest.newBuilder(at).build();
            for (int hop = 0; hop < 20; hop++) {
                HttpResponse<String> answer = browser.send(request, HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() < 400 && answer.statusCode() >= 300) {
                    at = at.resolve(location(answer));
                    if (at.toString().startsWith(PUBLIC_URL)) {
                        return at.toString();
                    }
                    request = HttpRequest.newBuilder(at).build();
                } else {
                    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                    Matcher form = FORM.matcher(answer.body());
                    assertThat(form.find()).as(answer.body()).isTrue();
                    at = at.resolve(form.group(1));
                    String fields = answer.body().contains("value=\"login\"")
                            ? "prompt=login&password=any&login=" + URLEncoder.encode(who, StandardCharsets.UTF_8)
                            : "prompt=consent";
                    request = HttpRequest.newBuilder(at)
                            .header("Content-Type", "application/x-www-form-urlencoded")
                            .POST(HttpRequest.BodyPublishers.ofString(fields))
                            .build();
                }
            }
            throw new AssertionError("the provider sends the browser round and round");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(HOME.toFile())
                .redirectErrorStream(true)
                .redirectOutput(HOME.resolve("npm.log").toFile())
                .start();
        assertThat(process.waitFor(Duration.ofMinutes(2).toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        assertThat(process.exitValue())
                .as(Files.readString(HOME.resolve("npm.log")))
                .isZero();
    }

    private static Process idle() {
        try {
            return new ProcessBuilder("true").start();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
