package dev.oriel.api.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PageResourceIT {
    private static final String VERSION = "0123456789ab";
    private static final String BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    private final TestApi api;
    private final String token;

    PageResourceIT(@TempDir Path www) throws IOException {
        Path script = www.resolve("static").resolve(VERSION).resolve("js/api.js");
        Files.createDirectories(script.getParent());
        Files.writeString(script, "export {};");
        Files.writeString(www.resolve("static/version"), VERSION + "\n");
        api = ApiTestServers.startApi(Map.of("oriel.api.static", www.toString()));
        token = api.register("marianne");
    }

    @AfterAll
    void close() {
        api.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"login", "register"})
    void doors_areOpenToEverybody(String page) {
        HttpResponse<String> answer = open("/pages/" + page);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("<form").contains("/static/" + VERSION + "/js/" + page + ".js");
    }

    @ParameterizedTest
    @ValueSource(strings = {"desktops", "files", "usage", "account"})
    void pages_areRendered_forTheirOwner(String page) {
        HttpResponse<String> answer = signedIn("/pages/" + page);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body())
                .contains("<title>")
                .contains("marianne")
                .contains("aria-current=\"page\"")
                .contains("/static/" + VERSION + "/js/" + page + ".js")
                .doesNotContain("th:")
                .doesNotContain("/pages/admin");
    }

    @Test
    void withoutLogin_pagesLeadToTheLoginPage_andBack() {
        HttpResponse<String> answer = open("/pages/files?a=b");
        assertThat(answer.statusCode()).isEqualTo(302);
        assertThat(answer.headers().firstValue("Location").orElse(""))
                .isEqualTo("/pages/login?next=%2Fpages%2Ffiles%3Fa%3Db");
    }

    @Test
    void root_leadsToTheDesktops() {
        assertThat(open("/").headers().firstValue("Location").orElse("")).isEqualTo("/pages/desktops");
    }

    @Test
    void login_sendsWhoeverIsSignedIn_onlyToOwnPages() {
        assertThat(location(signedIn("/pages/login?next=%2Fpages%2Fusage"))).isEqualTo("/pages/usage");
        assertThat(location(signedIn("/pages/login?next=%2F%2Fevil.example"))).isEqualTo("/pages/desktops");
    }

    @Test
    void console_knowsItsVm_andNothingThatIsNoId() {
        String id = "7d3f7c1e-0f0a-4a51-8a3f-8f1d3a9e1c11";
        assertThat(signedIn("/pages/console/" + id).body()).contains("data-vm=\"" + id + "\"");
        HttpResponse<String> odd = signedIn("/pages/console/%3Cscript%3E");
        assertThat(odd.statusCode()).isEqualTo(404);
        assertThat(odd.body()).doesNotContain("<script>").contains("Nothing behind this window");
    }

    @Test
    void share_showsNothingOfItsLink_andIsKeptOutOfSearch() {
        HttpResponse<String> answer = open("/pages/share/" + "a".repeat(43));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body())
                .contains("<title>Shared desktop · Oriel</title>")
                .contains("content=\"noindex, nofollow\"")
                .contains("content=\"no-referrer\"")
                .contains("/static/" + VERSION + "/css/console.css")
                .contains("/static/" + VERSION + "/js/share.js")
                .doesNotContain("a".repeat(43))
                .doesNotContain("th:");
    }

    @Test
    void admin_isForThoseWhoRunTheHouse() {
        assertThat(signedIn("/pages/admin").statusCode()).isEqualTo(403);
        assertThat(signedIn("/hosts").statusCode()).isEqualTo(403);
        HttpResponse<String> login =
                api.post("/auth/login", Map.of("username", "admin", "password", "password of admin in tests"));
        String admin = TestApi.json(login).get("accessToken").asString();
        HttpResponse<String> page = api.send(browser("/pages/admin").header("Authorization", "Bearer " + admin));
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).contains("href=\"/pages/admin\"");
        HttpResponse<String> hosts = api.send(api.request("/hosts").header("Authorization", "Bearer " + admin));
        assertThat(TestApi.json(hosts).isArray()).isTrue();
    }

    @Test
    void unknownPage_isAnErrorPage_forBrowsers_andAProblem_forPrograms() {
        HttpResponse<String> page = open("/pages/nonsense");
        assertThat(page.statusCode()).isEqualTo(404);
        assertThat(page.body()).contains("Nothing behind this window").contains("door.css");
        HttpResponse<String> problem = api.send(api.request("/pages/nonsense").header("Accept", "application/json"));
        assertThat(TestApi.json(problem).get("code").asString()).isEqualTo("not-found");
    }

    @Test
    void assets_withTheirVersion_areCachedForGood() {
        HttpResponse<String> script = api.get("/static/" + VERSION + "/js/api.js");
        assertThat(script.body()).isEqualTo("export {};");
        assertThat(script.headers().firstValue("Content-Type").orElse("")).contains("javascript");
        assertThat(script.headers().firstValue("Cache-Control").orElse("")).contains("immutable");
        assertThat(api.get("/static/version")
                        .headers()
                        .firstValue("Cache-Control")
                        .orElse(""))
                .isEqualTo("no-cache");
        assertThat(api.get("/static/..%2f..%2fetc/passwd").statusCode()).isGreaterThanOrEqualTo(400);
    }

    private HttpResponse<String> open(String path) {
        return api.send(browser(path));
    }

    private HttpResponse<String> signedIn(String path) {
        return api.send(browser(path).header("Authorization", "Bearer " + token));
    }

    private HttpRequest.Builder browser(String path) {
        return api.request(path).header("Accept", BROWSER);
    }

    private static String location(HttpResponse<String> answer) {
        return answer.headers().firstValue("Location").orElse("");
    }
}
