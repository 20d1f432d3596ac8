package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.WaitForSelectorState;
import java.time.Duration;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A person with a browser: an account, a template, a live guest, typing, stop, delete, and nothing left behind. */
@ExtendWith(SharedOriel.class)
class FirstLightIT {
    private static final String PASSWORD = "correct horse battery 7";

    @Test
    void tiny_isUsedInTheBrowser_andLeavesNothing(RunningOriel oriel) {
        OrielUser.register(oriel).awaitTemplate("tiny", SharedOriel.TEMPLATE_LIMIT);
        useInBrowser(oriel, "tiny");
    }

    @Test
    void desktop_isUsedInTheBrowser_andLeavesNothing(RunningOriel oriel) {
        OrielUser.register(oriel).awaitTemplate("desktop", SharedOriel.TEMPLATE_LIMIT);
        useInBrowser(oriel, "desktop");
    }

    private static void useInBrowser(RunningOriel oriel, String template) {
        try (Browser browser = Browser.open(oriel)) {
            Page page = browser.page();
            register(page);
            page.getByTestId("create-" + template).click();
            page.waitForURL("**/pages/console/**");
            String vm = page.url().replaceAll(".*/pages/console/([0-9a-f-]{36}).*", "$1");
            awaitConnected(page);
            long guest = oriel.pidOf(vm);
            awaitGuestReady(browser, template);
            typeAndSeeIt(browser, template);
            if (template.equals("desktop")) {
                keepWithoutAWriteUnderWay(page, vm);
                typeAndSeeIt(browser, template);
            }
            stop(page);
            page.navigate("/pages/desktops");
            delete(browser, page, vm);
            assertNothingLeft(oriel, vm, guest);
        }
    }

    private static void register(Page page) {
        page.navigate("/pages/register");
        page.locator("#username").fill("u" + UUID.randomUUID().toString().substring(0, 12));
        page.locator("#password").fill(PASSWORD);
        page.getByTestId("register").click();
        page.waitForURL("**/pages/desktops");
    }

    private static void awaitConnected(Page page) {
        page.locator("[data-state=connected]").first().waitFor();
        page.locator("canvas").waitFor();
    }

    /** A guest is ready when its screen shows much more than one colour and holds still. */
    private static void awaitGuestReady(Browser browser, String template) {
        byte[][] last = {new byte[0]};
        Awaitility.await("the screen of " + template + " is drawn and holds still")
                .atMost(Duration.ofMinutes(3))
                .pollInterval(Duration.ofSeconds(3))
                .until(() -> {
                    byte[] now = canvasPicture(browser.page());
                    boolean still = java.util.Arrays.equals(last[0], now) && colours(browser.page()) > 3;
                    last[0] = now;
                    return still;
                });
        browser.picture("console-" + template);
    }

    private static void typeAndSeeIt(Browser browser, String template) {
        Page page = browser.page();
        byte[] before = canvasPicture(page);
        page.locator("canvas").click();
        page.keyboard().type("sync; echo hello from the browser");
        page.keyboard().press("Enter");
        Awaitility.await("typing changes the picture")
                .atMost(Duration.ofSeconds(30))
                .until(() -> !java.util.Arrays.equals(before, canvasPicture(page)));
        browser.picture("typed-" + template);
    }

    /** The desktop's guest agent holds its file systems still while a snapshot is taken, and lets them go again. */
    private static void keepWithoutAWriteUnderWay(Page page, String vm) {
        Awaitility.await("the guest's agent answers")
                .atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofSeconds(10))
                .pollDelay(Duration.ZERO)
                .until(() -> page.evaluate("""
                        vm => fetch('/api/vm/' + vm + '/snapshots', {method: 'POST'})
                            .then(answer => answer.json()).then(made => made.quiet)
                        """, vm).equals(true));
    }

    private static void stop(Page page) {
        page.getByTestId("stop").first().click();
        page.locator("[data-state=stopped]").first().waitFor(new Locator.WaitForOptions().setTimeout(45_000));
    }

    private static void delete(Browser browser, Page page, String vm) {
        Locator card = page.locator("[data-vm='" + vm + "']");
        card.waitFor();
        browser.picture("desktops");
        card.getByTestId("delete").click();
        page.getByTestId("confirm").click();
        card.waitFor(new Locator.WaitForOptions().setState(WaitForSelectorState.DETACHED));
    }

    private static void assertNothingLeft(RunningOriel oriel, String vm, long guest) {
        Awaitility.await("process, files and sockets are gone")
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> {
                    assertThat(RunningOriel.isRunning(guest)).isFalse();
                    assertThat(oriel.filesIn("run/vm"))
                            .noneMatch(path -> path.toString().contains(vm));
                    assertThat(oriel.filesIn("vms/users"))
                            .noneMatch(path -> path.toString().contains(vm));
                });
    }

    private static byte[] canvasPicture(Page page) {
        return page.locator("canvas").screenshot();
    }

    /** How many colours a coarse grid of the canvas has. */
    private static int colours(Page page) {
        Object count = page.evaluate("""
                () => {
                  const canvas = document.querySelector('canvas');
                  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
                  const seen = new Set();
                  for (let i = 0; i < pixels.length; i += 4) {
                    seen.add((pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2]);
                  }
                  return seen.size;
                }
                """);
        return ((Number) count).intValue();
    }
}
