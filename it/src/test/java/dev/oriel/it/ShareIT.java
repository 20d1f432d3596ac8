package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Somebody without an account sees a desktop by a link; its owner sees who looks, and sends them away. */
@ExtendWith(SharedOriel.class)
class ShareIT {
    private static final double SOON_MILLIS = 20_000;
    private static final double WITHDRAWN_WITHIN_MILLIS = 2_000;

    @Test
    void visitor_seesTheDesktop_untilTheLinkIsWithdrawn(RunningOriel oriel) throws Exception {
        OrielUser owner = OrielUser.register(oriel);
        owner.awaitTemplate("tiny", SharedOriel.TEMPLATE_LIMIT);
        String vm = owner.createRunning("tiny").path("id").asString();
        JsonNode share = owner.post("/api/vm/" + vm + "/shares", "{\"mode\":\"view\"}")
                .expect(201)
                .json();
        OrielUser.Answer console = owner.console(vm);
        try (Browser browser = Browser.open(oriel);
                ConsoleClient own = ConsoleClient.open(owner.http(), console.text("url"), console.text("ticket"))) {
            assertThat(own.frame()).isNotEmpty();
            Page page = browser.page();
            page.navigate(share.path("url").asString());
            state(page, "connected").waitFor(new Locator.WaitForOptions().setTimeout(SOON_MILLIS));
            page.locator("canvas").waitFor();
            browser.picture("shared");
            assertRoster(owner, vm, console.text("viewer"));
            owner.delete("/api/vm/" + vm + "/shares/" + share.path("id").asString())
                    .expect(204);
            state(page, "ended").waitFor(new Locator.WaitForOptions().setTimeout(WITHDRAWN_WITHIN_MILLIS));
            browser.picture("share-ended");
            assertThat(own.frame()).as("the owner's console goes on").isNotEmpty();
        }
        owner.deleteFully(vm);
    }

    private static void assertRoster(OrielUser owner, String vm, String own) {
        Awaitility.await("both are listed").atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
            List<JsonNode> viewers = owner.get("/api/vm/" + vm + "/viewers")
                    .expect(200)
                    .json()
                    .valueStream()
                    .toList();
            assertThat(viewers)
                    .extracting(one -> one.path("drives").asBoolean())
                    .containsExactlyInAnyOrder(true, false);
            assertThat(viewers).anyMatch(one -> one.path("id").asString("").equals(own));
            assertThat(viewers).anyMatch(one -> one.path("name").asString("").equals("Guest"));
        });
        OrielUser.Answer refused =
                owner.send("PUT", "/api/vm/" + vm + "/viewers/" + visitor(owner, vm, own) + "/control", "");
        assertThat(refused.status()).as("who may only look is given no control").isEqualTo(409);
    }

    private static String visitor(OrielUser owner, String vm, String own) {
        for (JsonNode viewer : owner.get("/api/vm/" + vm + "/viewers").json()) {
            if (!viewer.path("id").asString("").equals(own)) {
                return viewer.path("id").asString();
            }
        }
        throw new AssertionError("only the owner looks");
    }

    private static Locator state(Page page, String state) {
        return page.locator("#console[data-state=" + state + "]");
    }
}
