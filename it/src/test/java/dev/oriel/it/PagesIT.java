package dev.oriel.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.FilePayload;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Who has only a keyboard, whose login runs out, and whose server is away: the pages in Chromium, simulated VMs. */
class PagesIT {
    private static final String ACCESS = "__Host-oriel-access";
    private static final Pattern LOGIN = Pattern.compile(".*/pages/login.*");

    private static RunningOriel oriel;

    private final String name = "p" + UUID.randomUUID().toString().substring(0, 12);
    private OrielUser user;
    private Browser browser;
    private Page page;

    @BeforeAll
    static void start() {
        oriel = RunningOriel.start(RunningOriel.newData("pages"), "--host=sim");
    }

    @AfterAll
    static void stop() {
        oriel.close();
    }

    @BeforeEach
    void signIn() {
        user = OrielUser.register(oriel, name);
        user.awaitTemplate("tiny", Duration.ofMinutes(1));
        browser = Browser.open(oriel);
        page = browser.page();
        page.navigate("/pages/login");
        login();
    }

    @AfterEach
    void leave() {
        browser.close();
        user.get("/api/vm").json().forEach(vm -> user.deleteFully(vm.path("id").asString()));
    }

    private void login() {
        page.locator("#username").fill(name);
        page.locator("#password").fill(OrielUser.PASSWORD);
        page.keyboard().press("Enter");
        page.getByTestId("create-tiny").waitFor();
    }

    private String runningVm(String called) {
        return user.createRunning(Map.of("template", "tiny", "name", called))
                .path("id")
                .asString();
    }

    private void open(String vm) {
        page.navigate("/pages/console/" + vm);
        page.locator("#console[data-state=connected]").waitFor();
    }

    private String focused() {
        return (String) page.evaluate(
                "(e => e.id || e.getAttribute('aria-label') || e.textContent.trim())(document.activeElement)");
    }

    private static void answer(Route route, int status, String code, String detail) {
        String body = """
                {"type":"about:blank","title":"No","status":%d,"code":"%s","detail":"%s","requestId":"r"}""".formatted(status, code, detail);
        route.fulfill(new Route.FulfillOptions()
                .setStatus(status)
                .setContentType("application/problem+json")
                .setBody(body));
    }

    /** A dialog's first button is the one that leaves it: Enter in a field once meant that. */
    @Test
    void enterInAField_isTheAnswerYes() {
        page.getByLabel("Options for Tiny Linux").press("Enter");
        page.keyboard().type("by-enter");
        page.keyboard().press("Enter");
        page.locator("#console[data-state=connected]").waitFor();
        assertThat(page.getByTestId("vm-name")).hasText("by-enter");
    }

    @Test
    void optionsThatWereRefused_areStillThere() {
        runningVm("taken");
        page.getByLabel("Options for Tiny Linux").click();
        page.locator("#option-name").fill("taken");
        page.locator("#option-user-data").fill("#cloud-config\nhostname: mine");
        page.locator("dialog")
                .getByText("Start", new Locator.GetByTextOptions().setExact(true))
                .click();
        assertThat(page.locator("#notice [role=alert]")).isVisible();
        page.getByLabel("Options for Tiny Linux").click();
        assertThat(page.locator("#option-name")).hasValue("taken");
        assertThat(page.locator("#option-user-data")).hasValue("#cloud-config\nhostname: mine");
    }

    @Test
    void accountThatIsRefused_canBeMendedInItsDialog() throws IOException {
        page.context().clearCookies();
        page.navigate("/pages/login");
        page.locator("#username").fill("admin");
        page.locator("#password")
                .fill(Files.readString(oriel.data().resolve("admin-password")).strip());
        page.keyboard().press("Enter");
        page.waitForURL("**/pages/desktops");
        page.navigate("/pages/admin");
        page.getByTestId("new-user").click();
        page.locator("#user-name").fill("x");
        page.keyboard().press("Enter");
        assertThat(page.locator("dialog .toast.bad")).isVisible();
        page.locator("#user-name").fill("by-" + name);
        page.keyboard().press("Enter");
        assertThat(page.getByTestId("secret")).isVisible();
    }

    @Test
    void consoleIsLeft_andItsPanelsUsed_byKeyboard() {
        open(runningVm("keys"));
        assertThat(page.locator("#way-out")).hasCSS("opacity", "1");
        page.keyboard().press("Tab");
        page.keyboard().press("Control+Alt+Shift+KeyB");
        assertThat(focused()).isEqualTo("back");
        page.getByTestId("people").press("Enter");
        assertThat(focused()).isEqualTo("people");
        Locator control = page.getByText("Take control");
        control.focus();
        for (int look = 0; look < 2; look++) {
            page.waitForResponse(Pattern.compile(".*/viewers$"), () -> {});
        }
        assertThat(control).isFocused();
        page.getByTestId("records").press("Enter");
        assertThat(page.locator("#people")).isHidden();
        assertThat(focused()).isEqualTo("records");
        page.keyboard().press("Escape");
        assertThat(page.locator("#records")).isHidden();
        assertThat(page.getByTestId("records")).isFocused();
    }

    /** What is typed into a panel while the connection comes back must not go to the desktop. */
    @Test
    void connectionThatComesBack_leavesTheFocusWhereItIs() {
        String vm = runningVm("again");
        open(vm);
        page.locator("[data-tool=clipboard]").press("Enter");
        assertThat(page.locator("#clip-text")).isFocused();
        user.post("/api/vm/" + vm + "/stop", "{\"force\":true}");
        page.locator("#console[data-state=stopped]").waitFor();
        page.locator("#clip-text").focus();
        user.post("/api/vm/" + vm + "/start", "");
        page.locator("#console[data-state=connected]").waitFor();
        assertThat(page.locator("#clip-text")).isFocused();
    }

    @Test
    void whatWasActedOnIsGone_andTheFocusIsAtItsNeighbour() {
        runningVm("first");
        runningVm("second");
        page.getByLabel("Delete second").press("Enter");
        page.keyboard().press("Tab");
        page.keyboard().press("Enter");
        assertThat(page.locator("[data-testid=vm]")).hasCount(1);
        assertThat(page.locator("[data-testid=vm] :focus")).hasCount(1);
    }

    @Test
    void endedLogin_isSaid_andSigningInLeadsBack() {
        page.navigate("/pages/files");
        page.getByText("Nothing here yet").waitFor();
        page.context().clearCookies();
        upload();
        page.waitForURL(LOGIN);
        assertThat(page.getByTestId("login-ended")).isVisible();
        page.locator("#username").fill(name);
        page.locator("#password").fill(OrielUser.PASSWORD);
        page.keyboard().press("Enter");
        page.waitForURL("**/pages/files");
    }

    /** A restart of the API once sent everybody to the login page whose access token was just over. */
    @Test
    void serverThatIsAway_makesNobodySignIn() {
        forgetAccess();
        AtomicInteger refused = new AtomicInteger();
        page.route("**/api/auth/refresh", route -> {
            refused.incrementAndGet();
            answer(route, 503, "unavailable", "A part of Oriel does not answer right now.");
        });
        page.getByTestId("create-tiny").click();
        assertThat(page.locator("#notice")).containsText("does not answer right now");
        page.navigate("/pages/files");
        assertThat(page.locator("#returning")).containsText("Trying again");
        assertThat(page.locator("#signin")).isHidden();
        page.unroute("**/api/auth/refresh");
        page.waitForURL("**/pages/files");
        assertThat(refused.get()).isGreaterThanOrEqualTo(2);
    }

    @Test
    void download_worksWithAnAccessTokenThatRanOut() {
        page.navigate("/pages/files");
        upload();
        page.getByTestId("file").waitFor();
        forgetAccess();
        Download download =
                page.waitForDownload(() -> page.getByLabel("Download notes.txt").click());
        assertThat(download.failure()).isNull();
    }

    @Test
    void recording_playsOnWithAnAccessTokenThatRanOut() {
        String vm = runningVm("tape");
        JsonNode recording =
                user.post("/api/vm/" + vm + "/recordings", "").expect(201).json();
        String path = "/api/vm/" + vm + "/recordings/" + recording.path("id").asString();
        org.awaitility.Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> user.get(path).json().path("bytes").asLong() > 0);
        user.post(path + "/stop", "");
        AtomicInteger parts = new AtomicInteger();
        page.route("**/parts/*", route -> {
            if (parts.getAndIncrement() == 0) {
                answer(route, 401, "unauthenticated", "This needs a valid login.");
            } else {
                route.resume();
            }
        });
        page.navigate(path.replace("/api/vm/", "/pages/recording/").replace("/recordings/", "/"));
        page.locator("#replay[data-state=ready]").waitFor();
        assertThat(parts.get()).isGreaterThan(1);
    }

    @Test
    void whatIsTold_isSeenOverADialog() {
        runningVm("full");
        page.getByLabel("Snapshots of full").click();
        page.route("**/snapshots", route -> {
            if (route.request().method().equals("POST")) {
                answer(route, 507, "insufficient-storage", "The disk of its host is full.");
            } else {
                route.resume();
            }
        });
        page.getByTestId("snapshot-take").click();
        assertThat(page.locator("dialog .toast")).hasText(Pattern.compile("The disk of its host is full.*"));
        page.getByTestId("snapshots-close").click();
        assertThat(page.locator("body > #toasts .toast")).isVisible();
    }

    @Test
    void listThatIsOld_isSaidToBe() {
        runningVm("old");
        page.getByText("old", new Page.GetByTextOptions().setExact(true)).waitFor();
        BrowserContext context = page.context();
        context.setOffline(true);
        assertThat(page.locator("#stale")).containsText("may be old");
        context.setOffline(false);
        assertThat(page.locator("#stale")).isHidden();
    }

    @Test
    void thatADesktopIsRecorded_isReadOnAPhone() {
        String vm = runningVm("watched");
        String url = user.post("/api/vm/" + vm + "/shares", "{\"mode\":\"view\"}")
                .expect(201)
                .text("url");
        user.post("/api/vm/" + vm + "/recordings", "").expect(201);
        page.setViewportSize(375, 780);
        page.navigate(url);
        page.getByTestId("agree").click();
        page.locator("#console[data-state=connected]").waitFor();
        assertThat(page.getByTestId("recorded")).isVisible();
        assertThat((Integer) page.evaluate("document.documentElement.scrollWidth - innerWidth"))
                .isZero();
        page.keyboard().press("Control+Alt+Shift+KeyB");
        assertThat(focused()).isEqualTo("full");
    }

    @Test
    void unknownAddress_isAPage_thatLeadsBack() {
        page.navigate("/nothing");
        assertThat(page.locator("h1")).hasText("Nothing behind this window");
        page.getByText("To your desktops").click();
        page.waitForURL("**/pages/desktops");
    }

    private void upload() {
        byte[] bytes = "hello".getBytes(StandardCharsets.UTF_8);
        page.getByTestId("file-input").setInputFiles(new FilePayload("notes.txt", "text/plain", bytes));
    }

    private void forgetAccess() {
        page.context().clearCookies(new BrowserContext.ClearCookiesOptions().setName(ACCESS));
    }
}
