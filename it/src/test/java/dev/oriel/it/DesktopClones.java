package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/** Many desktops that began as copies of one: what each keeps for itself, and what all share untouched. */
final class DesktopClones {
    private static final int PIXEL = 4;
    /** Of the desktop's screen, and of the most that a pointer takes, in pixels. */
    private static final int WIDTH = 1280;

    private static final int POINTER = 32;
    private static final Duration SOON = Duration.ofSeconds(90);
    private static final Duration ON_TIME = Duration.ofSeconds(5);
    private static final int RETURN = 0xff0d;
    private static final int MAX_FORKS = 3;

    private final RunningOriel oriel;
    private final OrielUser user;
    private final List<String> vms = new ArrayList<>();

    /** @param oriel with the template {@code desktop} frozen */
    DesktopClones(RunningOriel oriel, OrielUser user) {
        this.oriel = oriel;
        this.user = user;
    }

    /** What one guest says of itself. */
    private record Self(String hostname, String machineId, String random, List<String> files) {}

    /** Makes {@code count} and asserts all of it; they are gone afterwards. */
    void areEachTheirOwn(int count) throws Exception {
        try (VmEvents events = VmEvents.open(user)) {
            for (int i = 0; i < count; i++) {
                vms.add(user.createRunning("desktop").path("id").asString());
            }
            for (String vm : vms) {
                events.await(vm, "hooks", "done", SOON);
            }
        }
        Map<String, Long> shared = sharedFiles();
        assertThat(shared).isNotEmpty();
        for (int i = 0; i < count; i++) {
            type(vms.get(i), "touch mine-" + i + "\n");
        }
        List<Self> selves = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            selves.add(awaitSelf(vms.get(i), "mine-" + i));
            assertThat(selves.get(i).files()).containsExactly("mine-" + i);
        }
        assertDiffer(selves.stream().map(Self::hostname).toList());
        assertDiffer(selves.stream().map(Self::machineId).toList());
        assertDiffer(selves.stream().map(Self::random).toList());
        forksGoTheirOwnWays(vms.getFirst());
        // A picture says that nothing comes any more only where thirty guests do not share two processors.
        List<String> others = List.copyOf(vms.subList(1, vms.size()));
        others.forEach(user::deleteFully);
        vms.removeAll(others);
        editorKeepsWhatWasTyped(vms.getFirst());
        assertThat(sharedFiles()).as("checksums of what all clones share").containsAllEntriesOf(shared);
        vms.forEach(user::deleteFully);
    }

    private void editorKeepsWhatWasTyped(String vm) throws Exception {
        GuestShell guest = GuestShell.of(oriel.pidOf(vm));
        byte[] before = look(vm);
        type(vm, "mousepad\n");
        String editor = Awaitility.await("the editor runs")
                .atMost(SOON)
                .until(() -> guest.run("pidof mousepad").strip(), pid -> !pid.isEmpty());
        awaitOther(vm, before);
        byte[] empty = look(vm);
        type(vm, "unsaved words");
        awaitOther(vm, empty);
        byte[] written = look(vm);
        assertThat(user.post("/api/vm/" + vm + "/suspend", "").status()).isIn(200, 202);
        user.awaitState(vm, "suspended", SOON);
        assertThat(user.post("/api/vm/" + vm + "/resume", "").status()).isIn(200, 202);
        user.awaitState(vm, "running", SOON);
        assertSameButForThePointer(look(vm), written);
        GuestShell again = GuestShell.of(oriel.pidOf(vm));
        assertThat(again.run("pidof mousepad").strip()).isEqualTo(editor);
        Awaitility.await("the time is right again").atMost(SOON).until(() -> isOnTime(again.run("date +%s")));
    }

    /** The unsaved text is on the screen; the pointer, which the editor hides from whoever types, may be there again. */
    private static void assertSameButForThePointer(byte[] now, byte[] before) {
        assertThat(now).hasSameSizeAs(before);
        int[] changed = IntStream.range(0, now.length)
                .filter(at -> now[at] != before[at])
                .map(at -> at / PIXEL)
                .toArray();
        IntSummaryStatistics columns =
                IntStream.of(changed).map(pixel -> pixel % WIDTH).summaryStatistics();
        IntSummaryStatistics rows =
                IntStream.of(changed).map(pixel -> pixel / WIDTH).summaryStatistics();
        if (changed.length > 0) {
            assertThat(columns.getMax() - columns.getMin())
                    .as("columns %s", columns)
                    .isLessThan(POINTER);
            assertThat(rows.getMax() - rows.getMin()).as("rows %s", rows).isLessThan(POINTER);
        }
    }

    private void forksGoTheirOwnWays(String parent) throws Exception {
        JsonNode children = user.send(
                        "POST", "/api/vm/" + parent + "/fork", "{\"count\":" + MAX_FORKS + "}", "Prefer", "wait=30")
                .json();
        List<String> forks =
                children.valueStream().map(child -> child.path("id").asString()).toList();
        assertThat(forks).hasSize(MAX_FORKS);
        vms.addAll(forks);
        Set<String> machines = new HashSet<>();
        for (String fork : forks) {
            user.awaitState(fork, "running", SOON);
            type(fork, "touch fork-" + forks.indexOf(fork) + "\n");
        }
        for (String fork : forks) {
            Self self = awaitSelf(fork, "fork-" + forks.indexOf(fork));
            assertThat(self.files()).containsExactlyInAnyOrder("mine-0", "fork-" + forks.indexOf(fork));
            machines.add(self.machineId());
        }
        assertThat(machines).hasSize(MAX_FORKS);
        assertThat(awaitSelf(parent, "mine-0").files()).containsExactly("mine-0");
    }

    private Self awaitSelf(String vm, String file) throws Exception {
        GuestShell guest = GuestShell.of(oriel.pidOf(vm));
        String name = "desktop-" + vm.substring(0, 8);
        Awaitility.await(vm + " knows who it is, and has what was typed")
                .atMost(SOON)
                .pollInterval(Duration.ofMillis(500))
                .ignoreExceptions()
                .untilAsserted(() -> {
                    assertThat(guest.run("hostname").strip())
                            .as("hooks: %s", user.get("/api/vm/" + vm).json().path("hooks"))
                            .isEqualTo(name);
                    assertThat(guest.run("ls /home/user")).contains(file);
                });
        Instant asked = Instant.now();
        String[] said = guest.run(
                        "hostname; cat /etc/machine-id; head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \\n'; echo;"
                                + " date +%s; ip -4 -o address show scope global | wc -l; cd /home/user; ls | grep -e mine- -e fork-")
                .split("\n");
        // Between two copies of thirty on two cores a question may take seconds itself.
        assertThat(Instant.ofEpochSecond(Long.parseLong(said[3].strip())))
                .as("the clock of %s", vm)
                .isBetween(asked.minus(ON_TIME), Instant.now().plus(ON_TIME));
        assertThat(said[1]).isEqualTo(vm.replace("-", ""));
        assertThat(said[4].strip()).as("addresses in the network").isEqualTo("1");
        return new Self(said[0], said[1], said[2], List.of(said).subList(5, said.length));
    }

    private static boolean isOnTime(String seconds) {
        return Math.abs(Long.parseLong(seconds.strip()) - Instant.now().getEpochSecond()) <= ON_TIME.toSeconds();
    }

    private static void assertDiffer(List<String> each) {
        assertThat(each).doesNotHaveDuplicates().doesNotContain("");
    }

    /** What the page says of other hardware; from the click on a template to a painted desktop on the page, in milliseconds, each time with a warm clone. */
    List<Long> clickToFrame(int rounds, Runnable awaitWarm) {
        List<Long> millis = new ArrayList<>();
        try (Browser browser = Browser.open(oriel)) {
            Page page = browser.page();
            page.addInitScript(PAINTED);
            page.navigate("/pages/register");
            page.locator("#username").fill("c" + UUID.randomUUID().toString().substring(0, 12));
            page.locator("#password").fill("correct horse battery 7");
            page.getByTestId("register").click();
            page.waitForURL("**/pages/desktops");
            page.getByText("With 2 CPUs, 320 MiB, 1 GiB disk: opens in an instant")
                    .scrollIntoViewIfNeeded();
            browser.picture("other-hardware");
            for (int i = 0; i < rounds; i++) {
                awaitWarm.run();
                page.navigate("/pages/desktops");
                page.getByTestId("create-desktop").click();
                page.waitForURL("**/pages/console/**");
                page.waitForFunction("() => window.paintedAfter");
                millis.add(((Number) page.evaluate("() => window.paintedAfter")).longValue());
                browser.picture("clicked-desktop");
                String vm = page.url().replaceAll(".*/pages/console/([0-9a-f-]{36}).*", "$1");
                page.evaluate("vm => fetch('/api/vm/' + vm, {method: 'DELETE'})", vm);
            }
        }
        return millis;
    }

    /** Notes when a template was clicked, and when the console's canvas has more than a few colours. */
    private static final String PAINTED = """
            addEventListener('click', event => {
              if (!event.target.closest('[data-testid=create-desktop]')) return;
              sessionStorage.clicked = Date.now();
              requestAnimationFrame(look);
            }, true);
            const look = () => {
              const canvas = document.querySelector('canvas');
              if (canvas && canvas.width > 800) {
                const at = canvas.getContext('2d').getImageData(0, canvas.height >> 1, canvas.width, 4).data;
                const seen = new Set();
                for (let i = 0; i < at.length; i += 4) seen.add((at[i] << 16) | (at[i + 1] << 8) | at[i + 2]);
                if (seen.size > 8) { window.paintedAfter = Date.now() - sessionStorage.clicked; return; }
              }
              requestAnimationFrame(look);
            };
            if (location.pathname.startsWith('/pages/console/')) requestAnimationFrame(look);
            """;

    private void type(String vm, String text) throws Exception {
        OrielUser.Answer ticket = user.console(vm);
        try (ConsoleClient console = ConsoleClient.open(user.http(), ticket.text("url"), ticket.text("ticket"))) {
            byte[] before = console.frame();
            text.chars().forEach(key -> console.type(key == '\n' ? RETURN : key));
            console.awaitChange(before, SOON);
        }
    }

    private void awaitOther(String vm, byte[] before) throws Exception {
        OrielUser.Answer ticket = user.console(vm);
        try (ConsoleClient console = ConsoleClient.open(user.http(), ticket.text("url"), ticket.text("ticket"))) {
            console.awaitChange(before, SOON);
        }
    }

    private byte[] look(String vm) throws Exception {
        OrielUser.Answer ticket = user.console(vm);
        try (ConsoleClient console = ConsoleClient.open(user.http(), ticket.text("url"), ticket.text("ticket"))) {
            return InstantStartIT.still(console);
        }
    }

    /** Checksums of every frozen file, and of the memory that is mapped into the clones. */
    private Map<String, Long> sharedFiles() throws IOException {
        Map<String, Long> sums = new TreeMap<>();
        for (Path file : oriel.filesIn("vms/instant")) {
            if (file.toString().contains(".part/")) {
                continue; // another template is being frozen
            }
            sums.put(file.toString(), sumOf(file));
            if (file.endsWith("holder")) {
                String pid = Files.readString(file).split(" ")[0];
                sums.put("memory of " + file, sumOf(Path.of("/proc", pid, "fd", "9")));
            }
        }
        return sums;
    }

    private static long sumOf(Path file) throws IOException {
        CRC32C sum = new CRC32C();
        byte[] chunk = new byte[1 << 20];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                sum.update(chunk, 0, read);
            }
        }
        return sum.getValue();
    }
}
