package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.eatthepath.otp.TimeBasedOneTimePasswordGenerator;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.FilePayload;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.InvalidKeyException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The panels of the pages that no other suite walks through, in Chromium, at desktop and phone width. */
@ExtendWith(SharedOriel.class)
class PanelsIT {
    private static final int[] WIDTHS = {1280, 390};

    @Test
    void administrator_managesPeopleAndTeams_andGuardsTheAccount(RunningOriel oriel) throws Exception {
        String password =
                Files.readString(oriel.data().resolve("admin-password")).strip();
        String tag = UUID.randomUUID().toString().substring(0, 8);
        try (Browser browser = Browser.open(oriel)) {
            Page page = browser.page();
            page.navigate("/pages/login");
            page.locator("#username").fill("admin");
            page.locator("#password").fill(password);
            page.getByTestId("login").click();
            page.waitForURL("**/pages/desktops");
            peopleAndTeams(page, tag);
            assertFits(browser, "panel-admin");
            secondFactor(page, password);
            assertFits(browser, "panel-account");
            page.navigate("/pages/desktops");
            page.getByTestId("whose").selectOption("lab-" + tag);
            page.waitForURL("**/pages/desktops?team=*");
            page.getByTestId("empty").waitFor();
            page.navigate(page.url().replace("desktops", "usage"));
            page.getByTestId("total").waitFor();
            page.locator("[data-quota=consoles]").waitFor();
            assertFits(browser, "panel-usage");
        }
    }

    private static void peopleAndTeams(Page page, String tag) {
        page.navigate("/pages/admin");
        page.getByTestId("new-user").click();
        page.locator("#user-name").fill("p-" + tag);
        page.getByTestId("confirm").click();
        assertThat(page.getByTestId("secret").inputValue()).hasSizeGreaterThan(15);
        page.getByText("Done").click();
        page.locator("[data-user=p-" + tag + "]").getByTestId("change-user").click();
        page.locator("#quota-snapshots").fill("7");
        page.locator("#budget-amount").fill("12.50");
        page.getByTestId("confirm").click();
        page.getByText("p-" + tag + " is changed").waitFor();
        page.getByTestId("invite").click();
        assertThat(page.getByTestId("secret").inputValue()).contains("#invitation=");
        page.getByText("Done").click();
        page.getByTestId("new-team").click();
        page.locator("#team-name").fill("lab-" + tag);
        page.getByTestId("confirm").click();
        page.locator("[data-team=lab-" + tag + "]").getByTestId("open-team").click();
        page.locator("#member-name").fill("p-" + tag);
        page.getByTestId("add-member").click();
        page.locator("[data-testid=member]")
                .filter(new Locator.FilterOptions().setHasText("p-" + tag))
                .waitFor();
        page.getByTestId("close-team").click();
    }

    private static void secondFactor(Page page, String password) throws InvalidKeyException {
        page.navigate("/pages/account");
        page.locator("#factor summary").click();
        page.locator("#factor-password").fill(password);
        page.locator("#factor-begin button[type=submit]").click();
        String secret = page.getByTestId("factor-secret").textContent().replace(" ", "");
        page.locator("#factor-code").fill(codeNow(secret));
        page.locator("#factor-confirm button[type=submit]").click();
        page.getByTestId("recovery-codes").waitFor();
        List<String> codes = page.getByTestId("recovery-codes").locator("code").allTextContents();
        assertThat(codes).hasSize(10);
        page.locator("#factor summary").click();
        page.locator("#factor-off-code").fill(codes.getFirst());
        page.locator("#factor-off button[type=submit]").click();
        page.locator("#factor-begin")
                .waitFor(new Locator.WaitForOptions()
                        .setState(com.microsoft.playwright.options.WaitForSelectorState.ATTACHED));
    }

    private static String codeNow(String secret) throws InvalidKeyException {
        TimeBasedOneTimePasswordGenerator generator = new TimeBasedOneTimePasswordGenerator();
        return generator.generateOneTimePasswordString(
                new SecretKeySpec(bytes(secret), generator.getAlgorithm()), Instant.now(), Locale.ROOT);
    }

    /** Base 32 as Java's own numbers read it, which count 0-9 and a-v. */
    private static byte[] bytes(String base32) {
        StringBuilder digits = new StringBuilder();
        base32.chars().forEach(c -> digits.append(Character.forDigit(c >= 'A' ? c - 'A' : c - '2' + 26, 32)));
        byte[] value = new BigInteger("1" + digits, 32).toByteArray();
        return Arrays.copyOfRange(value, 1, value.length);
    }

    @Test
    void snapshotsAndATemplateOfOnesOwn_areMadeByClicks_andAnEndIsAnnounced(RunningOriel oriel) throws Exception {
        OrielUser.register(oriel).awaitTemplate("tiny", SharedOriel.TEMPLATE_LIMIT);
        try (Browser browser = Browser.open(oriel)) {
            Page page = browser.page();
            page.navigate("/pages/register");
            String name = "s" + UUID.randomUUID().toString().substring(0, 8);
            page.locator("#username").fill(name);
            page.locator("#password").fill("correct horse battery 7");
            page.getByTestId("register").click();
            page.waitForURL("**/pages/desktops");
            page.evaluate("""
                    () => fetch('/api/vm', {method: 'POST', headers: {'Content-Type': 'application/json'},
                                            body: JSON.stringify({template: 'tiny', name: 'work'})})
                    """);
            page.getByTestId("snapshot").click();
            page.getByTestId("snapshot-take").click();
            page.locator("li[data-testid=snapshot]").waitFor();
            page.getByTestId("snapshot-live").check();
            page.getByTestId("snapshot-take").click();
            page.getByText("a moment: it goes on from there").waitFor();
            assertFits(browser, "panel-snapshots");
            for (int left = 2; left > 0; left--) {
                page.getByTestId("snapshot-delete").first().click();
                page.getByTestId("confirm").click();
                Locator rows = page.locator("li[data-testid=snapshot]");
                rows.nth(left - 1)
                        .waitFor(new Locator.WaitForOptions()
                                .setState(com.microsoft.playwright.options.WaitForSelectorState.DETACHED));
            }
            page.getByText("None yet.").waitFor();
            page.getByTestId("snapshots-close").click();
            endIsAnnounced(oriel, page, name);
            assertFits(browser, "console-ends-soon");
            page.navigate("/pages/desktops");
            page.getByText("Stops in ").first().waitFor();
            forkIsMade(browser, page);
            page.navigate("/pages/files");
            page.getByTestId("file-input")
                    .setInputFiles(new FilePayload(
                            "own.raw",
                            "application/octet-stream",
                            "disk".repeat(4096).getBytes(StandardCharsets.UTF_8)));
            page.getByTestId("make-template").click();
            assertFits(browser, "panel-template");
            page.getByText("Make it").click();
            page.getByText("own").first().waitFor();
        }
    }

    private static void forkIsMade(Browser browser, Page page) {
        page.getByTestId("fork").click();
        page.getByText("from work").last().waitFor();
        page.locator("[data-testid=vm][data-state=running]").nth(1).waitFor();
        assertFits(browser, "panel-fork");
        for (int left = 2; left > 0; left--) {
            page.getByTestId("delete").first().click();
            page.getByTestId("confirm").click();
            page.getByTestId("vm")
                    .nth(left - 1)
                    .waitFor(new Locator.WaitForOptions()
                            .setState(com.microsoft.playwright.options.WaitForSelectorState.DETACHED));
        }
        page.getByTestId("empty").waitFor();
    }

    /** The page of the API's description: its first words, and a request of the reader's own made from it. */
    @Test
    void docs_tryRequestsOut_withTheReadersLogin(RunningOriel oriel) {
        try (Browser browser = Browser.open(oriel)) {
            Page page = browser.page();
            String name = "d" + UUID.randomUUID().toString().substring(0, 8);
            page.navigate("/pages/register");
            page.locator("#username").fill(name);
            page.locator("#password").fill("correct horse battery 7");
            page.getByTestId("register").click();
            page.waitForURL("**/pages/desktops");
            page.navigate("/docs");
            page.locator(".opblock-tag").first().waitFor();
            assertThat(page.locator(".opblock-tag").first().textContent()).contains("Virtual machines");
            assertFits(browser, "docs");
            Locator me = page.locator(".opblock").filter(new Locator.FilterOptions().setHasText("Who am I,"));
            me.locator(".opblock-summary-control").click();
            me.locator(".try-out__btn").click();
            me.locator(".execute").click();
            me.locator(".live-responses-table .response-col_status")
                    .filter(new Locator.FilterOptions().setHasText("200"))
                    .waitFor();
            assertThat(me.locator(".live-responses-table").textContent()).contains(name);
        }
    }

    /** On the console page, which is open while an administrator gives the account a limit. */
    private static void endIsAnnounced(RunningOriel oriel, Page page, String name) throws Exception {
        Object vm = page.evaluate("() => fetch('/api/vm').then(all => all.json()).then(all => all[0].id)");
        Object me = page.evaluate("() => fetch('/api/auth/me').then(me => me.json()).then(me => me.id)");
        page.navigate("/pages/console/" + vm);
        Locator end = page.locator("#vm-ends");
        assertThat(end.isVisible()).isFalse();
        OrielUser.signIn(
                        oriel,
                        "admin",
                        Files.readString(oriel.data().resolve("admin-password")).strip())
                .send("PATCH", "/api/admin/users/" + me, "{\"quota\":{\"vmLifetimeMinutes\":14}}")
                .expect(200);
        end.waitFor();
        assertThat(end.textContent()).as(name).matches("Stops in 1[0-4] min");
    }

    /** Nothing is wider than the screen; pictures are kept for people. */
    private static void assertFits(Browser browser, String name) {
        Page page = browser.page();
        for (int width : WIDTHS) {
            page.setViewportSize(width, 860);
            Object over = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth");
            assertThat(((Number) over).intValue())
                    .as("%s at %s pixels is too wide", name, width)
                    .isLessThanOrEqualTo(0);
            browser.picture(name + "-" + width);
        }
        page.setViewportSize(WIDTHS[0], 860);
    }
}
