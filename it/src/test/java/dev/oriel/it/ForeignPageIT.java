package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.Cookie;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What pages of other origins can do with the Chromium of somebody who is signed in: nothing. One of them is on another
 * port of the same machine, which browsers take for the same site and send every cookie from.
 */
@ExtendWith(SharedOriel.class)
class ForeignPageIT {
    private static final List<String> ORIGINS = List.of("https://localhost:4", "https://elsewhere.example");

    private record Attack(String name, String path, boolean form, String script) {}

    /** Everything that a browser sends without asking the server first. */
    private static final List<Attack> UNASKED = List.of(
            form("a form that uploads", "/api/post", "multipart/form-data", "file", "stolen"),
            form("a form that looks like JSON", "/api/vm", "text/plain", "{\"template\":\"blank\",\"name\":\"", "\"}"),
            form("a form that signs out", "/api/auth/logout", "application/x-www-form-urlencoded", "a", "b"),
            form("a form that signs in", "/api/auth/login", "text/plain", "{\"username\":\"x\",\"password\":\"", "\"}"),
            fetched(
                    "a fetch that uploads",
                    "/api/post",
                    "(() => { const f = new FormData();"
                            + " f.append('file', new Blob(['stolen']), 'stolen.txt'); return f; })()"),
            fetched("a fetch that looks like text", "/api/vm", "'{\"template\":\"blank\"}'"),
            fetched("a fetch that signs out", "/api/auth/logout", "null"),
            fetched("a fetch that refreshes", "/api/auth/refresh", "null"));

    private static Attack form(String name, String path, String type, String field, String value) {
        return new Attack(name, path, true, """
                url => { const form = document.createElement('form'); form.method = 'POST'; form.action = url;
                  form.enctype = '%s'; const input = document.createElement('textarea'); input.name = '%s';
                  input.value = '%s'; form.append(input); document.body.append(form); form.submit(); }
                """.formatted(type, field, value));
    }

    private static Attack fetched(String name, String path, String body) {
        return new Attack(name, path, false, """
                url => fetch(url, {method: 'POST', mode: 'no-cors', credentials: 'include', body: %s})
                  .then(() => 'sent', error => String(error))
                """.formatted(body));
    }

    @Test
    void pagesOfOtherOrigins_canDoNothing_inTheNameOfWhoeverIsSignedIn(RunningOriel oriel) {
        try (Browser browser = Browser.open(oriel)) {
            Page page = browser.page();
            // Chromium would ask first before such a page reaches this machine: Oriel must hold where it does not.
            page.context().grantPermissions(List.of("local-network-access"));
            ORIGINS.forEach(origin -> page.context()
                    .route(
                            origin + "/**",
                            route -> route.fulfill(new Route.FulfillOptions()
                                    .setContentType("text/html")
                                    .setBody("<!doctype html><title>elsewhere</title><body></body>"))));
            String name = signUpWithOneFile(page);
            for (String origin : ORIGINS) {
                for (Attack attack : UNASKED) {
                    assertRefused(page, oriel, origin, attack);
                }
                assertNothingIsRead(page, oriel, origin);
                assertNotFramed(page, oriel, origin);
            }
            page.navigate("/pages/files");
            assertThat(own(page, "/api/auth/me")).containsEntry("username", name);
            assertThat(count(page, "/api/post")).isEqualTo(1);
            assertThat(count(page, "/api/vm")).isZero();
        }
    }

    private static String signUpWithOneFile(Page page) {
        String name = "f" + UUID.randomUUID().toString().substring(0, 8);
        page.navigate("/pages/register");
        page.locator("#username").fill(name);
        page.locator("#password").fill("correct horse battery 7");
        page.getByTestId("register").click();
        page.waitForURL("**/pages/desktops");
        page.evaluate("""
                () => { const form = new FormData(); form.append('file', new Blob(['mine']), 'mine.txt');
                  return fetch('/api/post', {method: 'POST', body: form}).then(answer => answer.status); }
                """);
        assertThat(count(page, "/api/post")).isEqualTo(1);
        return name;
    }

    private static void assertRefused(Page page, RunningOriel oriel, String origin, Attack attack) {
        // In a tab of its own: a form leaves its page.
        try (Page tab = page.context().newPage()) {
            List<String> failures = new ArrayList<>();
            tab.onRequestFailed(request -> failures.add(request.failure()));
            tab.navigate(origin + "/");
            String url = oriel.url() + attack.path();
            if (attack.form()) {
                Response answer = tab.waitForResponse(
                        response -> response.request().method().equals("POST")
                                && response.url().equals(url),
                        () -> tab.evaluate(attack.script(), url));
                assertThat(answer.status())
                        .as("%s from %s", attack.name(), origin)
                        .isIn(401, 403);
            } else {
                // Oriel answered, and the browser keeps the answer: that nothing was done is seen in the end.
                assertThat(String.valueOf(tab.evaluate(attack.script(), url))).contains("Failed to fetch");
                tab.waitForCondition(() -> failures.stream().anyMatch(text -> text.contains("NotSameOrigin")));
            }
        }
    }

    /** What does need the server's leave gets none: neither answers nor effects. */
    private static void assertNothingIsRead(Page page, RunningOriel oriel, String origin) {
        page.navigate(origin + "/");
        Object outcomes = page.evaluate("""
                async url => { const tries = [
                    ['/api/auth/me', {}], ['/api/post', {}], ['/pages/files', {}],
                    ['/api/post/00000000-0000-4000-8000-000000000000', {method: 'DELETE'}],
                    ['/api/vm', {method: 'POST', headers: {'Content-Type': 'application/json'},
                                 body: '{"template":"blank"}'}]];
                  return Promise.all(tries.map(([path, init]) => fetch(url + path, {credentials: 'include', ...init})
                    .then(answer => answer.text(), () => 'kept from me'))); }
                """, oriel.url());
        assertThat((List<?>) outcomes).as(origin).hasSize(5).allMatch("kept from me"::equals);
    }

    private static void assertNotFramed(Page page, RunningOriel oriel, String origin) {
        page.navigate(origin + "/");
        page.waitForConsoleMessage(
                new Page.WaitForConsoleMessageOptions()
                        .setPredicate(message -> message.text().contains("frame-ancestors")),
                () -> page.evaluate("""
                        url => { const frame = document.createElement('iframe'); frame.src = url;
                          document.body.append(frame); }
                        """, oriel.url() + "/pages/files"));
    }

    /** An access token that ran out, or is gone: pages renew the login by themselves and go on where they were. */
    @Test
    void pageWithoutAccessToken_renewsTheLogin_andComesBack(RunningOriel oriel) {
        try (Browser browser = Browser.open(oriel)) {
            Page page = browser.page();
            String name = signUpWithOneFile(page);
            dropAccess(page);
            page.navigate("/pages/usage?x=1");
            page.waitForURL("**/pages/usage?x=1");
            assertThat(own(page, "/api/auth/me")).containsEntry("username", name);
            // And in the middle of work, without leaving the page.
            page.navigate("/pages/files");
            page.getByText("mine.txt").first().waitFor();
            dropAccess(page);
            page.evaluate("() => { window.stays = true; }");
            page.getByTestId("file-input")
                    .setInputFiles(new com.microsoft.playwright.options.FilePayload(
                            "second.txt", "text/plain", "second".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
            page.getByText("second.txt").first().waitFor();
            page.waitForFunction("async () => (await (await fetch('/api/post')).json()).length === 2");
            assertThat(page.evaluate("() => window.stays")).isEqualTo(true);
            assertThat(page.url()).endsWith("/pages/files");
        }
    }

    private static void dropAccess(Page page) {
        List<Cookie> kept = page.context().cookies().stream()
                .filter(cookie -> !cookie.name.equals("__Host-oriel-access"))
                .toList();
        assertThat(kept).hasSize(1);
        page.context().clearCookies();
        page.context().addCookies(kept);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> own(Page page, String path) {
        return (Map<String, Object>) page.evaluate("path => fetch(path).then(answer => answer.json())", path);
    }

    private static int count(Page page, String path) {
        return ((Number) page.evaluate(
                        "path => fetch(path).then(answer => answer.json()).then(list => list.length)", path))
                .intValue();
    }
}
