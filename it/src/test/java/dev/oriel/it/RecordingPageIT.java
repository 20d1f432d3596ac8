package dev.oriel.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import java.time.Duration;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** A desktop is recorded: viewers are told, the page plays it, its owner ends and deletes it; links with a password. */
@ExtendWith(SharedOriel.class)
class RecordingPageIT {
    private static final String PASSWORD = "correct horse battery 7";
    private static final LocatorAssertions.IsVisibleOptions SOON =
            new LocatorAssertions.IsVisibleOptions().setTimeout(20_000);

    @Test
    void whatADesktopShows_isRecorded_andPlayed_andVisitorsAreTold(RunningOriel oriel) {
        try (Browser browser = Browser.open(oriel);
                Browser visitor = Browser.open(oriel)) {
            OrielUser owner = register(oriel, browser.page());
            owner.awaitTemplate("tiny", SharedOriel.TEMPLATE_LIMIT);
            String vm = owner.createRunning("tiny").path("id").asString();
            Page page = browser.page();
            page.navigate("/pages/console/" + vm);
            state(page, "connected").waitFor();
            String recording = begin(browser, owner, vm);
            visit(visitor, owner, vm);
            page.getByTestId("people").click();
            assertThat(page.getByTestId("viewers").locator("li")).hasCount(2);
            browser.picture("people");
            page.getByTestId("screen").locator("canvas").click();
            page.keyboard().type("echo recorded");
            awaitBytes(owner, vm, recording);
            awaitSecondPart(owner, vm, recording);
            owner.post("/api/vm/" + vm + "/recordings/" + recording + "/stop", "")
                    .expect(200);
            assertPlays(browser, vm, recording);
            assertPlaysOnIntoTheSecondPart(browser, owner.get("/api/vm/" + vm + "/recordings/" + recording));
            assertThat(OrielUser.register(oriel)
                            .get("/api/vm/" + vm + "/recordings/" + recording)
                            .status())
                    .isEqualTo(404);
            owner.delete("/api/vm/" + vm + "/recordings/" + recording).expect(204);
            assertThat(oriel.filesIn("recordings")).isEmpty();
            owner.deleteFully(vm);
        }
    }

    /** Signs up on the page, so that it is signed in; gives the same user for the API. */
    private static OrielUser register(RunningOriel oriel, Page page) {
        String name = "u" + UUID.randomUUID().toString().substring(0, 12);
        page.navigate("/pages/register");
        page.locator("#username").fill(name);
        page.locator("#password").fill(PASSWORD);
        page.getByTestId("register").click();
        page.waitForURL("**/pages/desktops");
        return OrielUser.signIn(oriel, name, PASSWORD);
    }

    private static String begin(Browser browser, OrielUser owner, String vm) {
        Page page = browser.page();
        page.getByTestId("records").click();
        page.getByTestId("record").click();
        assertThat(page.getByTestId("recorded")).isVisible(SOON);
        assertThat(page.getByTestId("recordings").locator("li")).hasCount(1);
        browser.picture("recordings");
        page.getByTestId("records").click();
        assertThat(owner.post("/api/vm/" + vm + "/recordings", "").status())
                .as("one at a time")
                .isEqualTo(409);
        return owner.get("/api/vm/" + vm + "/recordings")
                .json()
                .get(0)
                .path("id")
                .asString();
    }

    private static void visit(Browser visitor, OrielUser owner, String vm) {
        JsonNode share = owner.post("/api/vm/" + vm + "/shares", "{\"mode\":\"view\",\"password\":\"sesame\"}")
                .expect(201)
                .json();
        Page page = visitor.page();
        page.navigate(share.path("url").asString());
        page.getByTestId("password").fill("wrong");
        assertThat(page.getByTestId("consent")).isVisible(SOON);
        page.getByTestId("enter").click();
        assertThat(page.locator("#overlay .notice.bad, #overlay [role=alert]").first())
                .isVisible(SOON);
        visitor.picture("share-password");
        page.getByTestId("name").fill("Ann");
        page.getByTestId("password").fill("sesame");
        page.getByTestId("enter").click();
        state(page, "connected").waitFor();
        assertThat(page.getByTestId("recorded")).isVisible(SOON);
        visitor.picture("share-recorded");
        JsonNode open =
                owner.post("/api/vm/" + vm + "/shares", "{}").expect(201).json();
        page.navigate(open.path("url").asString());
        assertThat(page.getByTestId("agree")).isVisible(SOON);
        visitor.picture("share-consent");
        page.getByTestId("agree").click();
        state(page, "connected").waitFor();
    }

    private static void awaitBytes(OrielUser owner, String vm, String recording) {
        Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            JsonNode now =
                    owner.get("/api/vm/" + vm + "/recordings/" + recording).json();
            assertThat(now.path("bytes").asLong()).isGreaterThan(2000);
            assertThat(now.path("lengthMillis").asLong()).isGreaterThan(3000);
        });
    }

    /** The VM is started anew meanwhile: what it shows then is a part of its own. */
    private static void awaitSecondPart(OrielUser owner, String vm, String recording) {
        owner.post("/api/vm/" + vm + "/stop", "{\"force\":true}");
        owner.awaitState(vm, "stopped", Duration.ofSeconds(30));
        owner.post("/api/vm/" + vm + "/start", "");
        Awaitility.await("a second part").atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            JsonNode parts = owner.get("/api/vm/" + vm + "/recordings/" + recording)
                    .json()
                    .path("parts");
            assertThat(parts.size()).isGreaterThanOrEqualTo(2);
            assertThat(parts.get(parts.size() - 1).path("bytes").asLong()).isGreaterThan(2000);
        });
    }

    private static void assertPlaysOnIntoTheSecondPart(Browser browser, OrielUser.Answer recording) {
        Page page = browser.page();
        JsonNode parts = recording.json().path("parts");
        double second = parts.get(parts.size() - 1).path("startMillis").asDouble();
        String seek = "at => { const bar = document.querySelector('#seek'); bar.value = at;"
                + " bar.dispatchEvent(new Event('input')); }";
        page.evaluate(seek, recording.json().path("lengthMillis").asDouble());
        awaitPicture(page);
        browser.picture("replay-second-part");
        page.evaluate(seek, second - 500);
        awaitPicture(page);
        page.getByTestId("play").click();
        assertThat(page.getByTestId("replay"))
                .hasAttribute("data-state", "ended", new LocatorAssertions.HasAttributeOptions().setTimeout(20_000));
        assertThat((Boolean) page.evaluate("at => Number(document.querySelector('#seek').value) > at", second))
                .isTrue();
        awaitPicture(page);
    }

    private static void assertPlays(Browser browser, String vm, String recording) {
        Page page = browser.page();
        page.navigate("/pages/recording/" + vm + "/" + recording);
        Locator replay = page.getByTestId("replay");
        assertThat(replay).hasAttribute("data-state", "ready");
        assertThat(page.getByTestId("thumbs").locator("canvas"))
                .hasCount(8, new LocatorAssertions.HasCountOptions().setTimeout(20_000));
        awaitPicture(page);
        page.getByTestId("thumbs").locator("button").last().click();
        assertThat((Double) page.evaluate("Number(document.querySelector('#seek').value) + 0.25"))
                .isGreaterThan(1000);
        awaitPicture(page);
        browser.picture("replay");
        page.getByTestId("speed").selectOption("16");
        page.getByTestId("play").click();
        assertThat(replay)
                .hasAttribute("data-state", "ended", new LocatorAssertions.HasAttributeOptions().setTimeout(20_000));
        page.setViewportSize(390, 780);
        browser.picture("replay-phone");
        page.setViewportSize(1280, 860);
    }

    /** Waits until the newest picture has more than one colour. */
    private static void awaitPicture(Page page) {
        page.waitForFunction("""
                () => {
                  const canvas = [...document.querySelectorAll('#screen canvas')].at(-1);
                  if (!canvas?.width || canvas.getBoundingClientRect().height < 200) return false;
                  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
                  const pixels = new Uint32Array(data.buffer);
                  return pixels.some((pixel) => pixel !== pixels[0]);
                }
                """);
    }

    private static Locator state(Page page, String state) {
        return page.locator("#console[data-state=" + state + "]");
    }
}
