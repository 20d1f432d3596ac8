package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Frozen templates, the pool of warm clones, suspend and resume as a user of a running Oriel meets them. */
class InstantStartIT {
    /** {@code ./oriel test --long} asks for more. */
    private static final int CLONES = Integer.getInteger("oriel.test.clones", 2);

    private static final int CLICKS = 10;
    /** On a machine that does nothing else the desktop boots in twenty seconds. */
    private static final int COLD_MILLIS = 15_000;

    private static final List<String> INSTANT = List.of(
            "env",
            "ORIEL_HOST_INSTANT=true",
            "ORIEL_HOST_POOL=tiny=1,desktop=1",
            "ORIEL_HOST_POOL_MOST=1",
            "ORIEL_HOST_SHAPES_DELAY=1s",
            "ORIEL_QUOTA_RUNNING_VMS=50",
            "ORIEL_QUOTA_VCPUS=50",
            "ORIEL_QUOTA_MEMORY_MIB=50000",
            "ORIEL_QUOTA_DISK_GIB=1000");
    private static final Map<String, Object> WIDE = Map.of("template", "tiny", "cpus", 2, "memoryMiB", 320);
    private static final Duration FROZEN = Duration.ofMinutes(5);
    private static final Duration MOVED = Duration.ofSeconds(30);

    @TempDir
    Path directory = Path.of("unset");

    @Test
    void clones_areUsable_outliveKilledOriel_areSuspendedAndResumed_andLeaveNothing() throws Exception {
        Path data = RunningOriel.newData("instant");
        int port = RunningOriel.freePort();
        RunningOriel first = RunningOriel.launchFrom(RunningOriel.ROOT, INSTANT, data, port);
        first.awaitReady();
        OrielUser user = OrielUser.register(first);
        OrielUser tireless = user.forLong();
        user.awaitTemplate("tiny", FROZEN);
        assertThat(freezeByHand(first, "tiny").path("instant").asBoolean()).isTrue();
        awaitWarmClone(user, "tiny");
        String one = user.createRunning("tiny").path("id").asString();
        String other = user.createRunning("tiny").path("id").asString();
        byte[] untouched = look(user, other);
        byte[] typed = type(user, one);
        assertThat(look(user, other))
                .as("what is typed into one clone shows in no other")
                .isEqualTo(untouched);
        long guest = first.pidOf(one);
        first.kill();
        try (RunningOriel second = RunningOriel.launchFrom(RunningOriel.ROOT, INSTANT, data, port)) {
            second.awaitReady();
            OrielUser again = user.on(second);
            again.awaitState(one, "running", MOVED);
            assertThat(second.pidOf(one)).isEqualTo(guest);
            suspendAndResume(second, again, one, typed);
            awaitWarmClone(again, "tiny");
            again.deleteFully(one);
            again.deleteFully(other);
            assertThat(second.filesIn("vms/users")).isEmpty();
            assertThat(RunningOriel.isRunning(guest)).isFalse();
            again.deleteFully(again.createRunning(WIDE).path("id").asString());
            new WholeLife(again).live(); // while the desktop is being frozen
            // Comes after the desktop's turn: then nothing is frozen any more beside those who type.
            otherHardwareStartsInstantlyToo(second, tireless.on(second));
            assertThat(new CommandLine(second, directory).run("", "template", "show", "tiny"))
                    .containsPattern("1 of 1 instant")
                    .containsPattern("(?m)^2 +320 +\\d+ +true");
            useDesktops(second, tireless.on(second));
            assertThat(second.filesIn("vms/users")).isEmpty();
        }
        assertThat(RunningOriel.processesNaming(data))
                .as("processes after the end, warm clones included")
                .isEmpty();
    }

    /** What {@code oriel template freeze} writes; it waits until the template is instant. */
    private JsonNode freezeByHand(RunningOriel oriel, String template) throws Exception {
        CommandLine terminal = new CommandLine(oriel, directory);
        terminal.loginAsAdministrator();
        return JsonMapper.shared().readTree(terminal.run("", "template", "freeze", template, "--json"));
    }

    /** A VM with this hardware booted a while ago. */
    private static void otherHardwareStartsInstantlyToo(RunningOriel oriel, OrielUser user) throws Exception {
        Awaitility.await("a guest of that hardware is frozen")
                .atMost(FROZEN)
                .pollInterval(Duration.ofMillis(500))
                .untilAsserted(() -> {
                    JsonNode shape = template(user, "tiny").path("shapes").path(0);
                    assertThat(shape.path("memoryMiB").asInt()).isEqualTo(WIDE.get("memoryMiB"));
                    assertThat(shape.path("instant").asBoolean())
                            .as("%s", shape)
                            .isTrue();
                });
        String vm = user.createRunning(WIDE).path("id").asString();
        assertThat(Files.readString(Path.of("/proc", Long.toString(oriel.pidOf(vm)), "cmdline")))
                .contains("-incoming", "size=" + WIDE.get("memoryMiB") + "M");
        type(user, vm);
        user.deleteFully(vm);
    }

    private static void useDesktops(RunningOriel oriel, OrielUser user) throws Exception {
        awaitWarmClone(user, "desktop");
        DesktopClones clones = new DesktopClones(oriel, user);
        List<Long> painted = clones.clickToFrame(Math.min(CLONES, CLICKS), () -> awaitWarmClone(user, "desktop"));
        System.out.println("click to a painted desktop in Chromium, ms: " + painted);
        assertThat(painted).as("not a cold boot").allMatch(millis -> millis < COLD_MILLIS);
        clones.areEachTheirOwn(CLONES);
    }

    private static void suspendAndResume(RunningOriel oriel, OrielUser user, String vm, byte[] typed) throws Exception {
        long guest = oriel.pidOf(vm);
        assertThat(user.post("/api/vm/" + vm + "/suspend", "").status()).isIn(200, 202);
        user.awaitState(vm, "suspended", MOVED);
        Awaitility.await("a suspended VM has no process")
                .atMost(Duration.ofSeconds(5))
                .until(() -> !RunningOriel.isRunning(guest));
        assertThat(user.post("/api/vm/" + vm + "/resume", "").status()).isIn(200, 202);
        user.awaitState(vm, "running", MOVED);
        assertThat(look(user, vm)).as("the screen is as it was left").isEqualTo(typed);
        type(user, vm);
    }

    private static void awaitWarmClone(OrielUser user, String name) {
        Awaitility.await(name + " is frozen and a clone of it waits")
                .atMost(FROZEN)
                .pollInterval(Duration.ofMillis(500))
                .untilAsserted(() -> {
                    JsonNode template = template(user, name);
                    assertThat(template.path("instant").asBoolean())
                            .as("%s", template)
                            .isTrue();
                    assertThat(template.path("pool").path("ready").asInt()).isPositive();
                });
    }

    private static JsonNode template(OrielUser user, String name) {
        for (JsonNode template : user.get("/api/vm/templates").expect(200).json()) {
            if (template.path("name").asString("").equals(name)) {
                return template;
            }
        }
        throw new AssertionError("there is no template " + name);
    }

    private static byte[] type(OrielUser user, String vm) throws Exception {
        OrielUser.Answer ticket = user.console(vm);
        try (ConsoleClient console = ConsoleClient.open(user.http(), ticket.text("url"), ticket.text("ticket"))) {
            byte[] before = console.frame();
            console.type("oriel");
            console.awaitChange(before, MOVED);
            return still(console);
        }
    }

    private static byte[] look(OrielUser user, String vm) throws Exception {
        OrielUser.Answer ticket = user.console(vm);
        try (ConsoleClient console = ConsoleClient.open(user.http(), ticket.text("url"), ticket.text("ticket"))) {
            return still(console);
        }
    }

    /** The picture once it holds still for a while. */
    static byte[] still(ConsoleClient console) throws Exception {
        byte[][] last = {console.frame()};
        Awaitility.await("the picture holds still")
                .atMost(MOVED)
                .pollDelay(Duration.ofSeconds(2))
                .pollInterval(Duration.ofSeconds(2))
                .until(() -> {
                    byte[] now = console.frame();
                    boolean same = java.util.Arrays.equals(last[0], now);
                    last[0] = now;
                    return same;
                });
        return last[0];
    }
}
