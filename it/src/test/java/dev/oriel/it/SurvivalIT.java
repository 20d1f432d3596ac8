package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Guests outlive Oriel's own processes; Ctrl-C leaves nothing; what was desired comes back. */
class SurvivalIT {
    /** How long a VM runs, at least, before its bill is looked at. */
    private static final Duration BILLED = Duration.ofSeconds(Long.getLong("oriel.test.billed-seconds", 10));

    @Test
    void guestAndConsole_survive_whenTheVmManagerIsKilled() throws Exception {
        try (RunningOriel oriel = RunningOriel.start(RunningOriel.newData("split"), "--split")) {
            OrielUser user = OrielUser.register(oriel);
            user.awaitTemplate("tiny", SharedOriel.TEMPLATE_LIMIT);
            String vm = user.createRunning("tiny").path("id").asString();
            long guest = oriel.pidOf(vm);
            OrielUser.Answer before = user.console(vm);
            try (ConsoleClient console = ConsoleClient.open(user.http(), before.text("url"), before.text("ticket"))) {
                assertThat(console.frame()).isNotEmpty();
                oriel.role("host").destroyForcibly();
                assertThat(console.frame()).as("an open console goes on").isNotEmpty();
                Awaitility.await("the VM Manager is back")
                        .atMost(Duration.ofSeconds(20))
                        .untilAsserted(
                                () -> assertThat(oriel.role("host").isAlive()).isTrue());
                assertThat(console.frame()).isNotEmpty();
            }
            assertThat(RunningOriel.isRunning(guest)).as("guest lives on").isTrue();
            assertThat(oriel.pidOf(vm)).isEqualTo(guest);
            Awaitility.await("a new console opens")
                    .atMost(Duration.ofSeconds(20))
                    .ignoreExceptions()
                    .untilAsserted(() -> assertConsoleWorks(user, vm));
            user.deleteFully(vm);
            assertThat(RunningOriel.isRunning(guest)).isFalse();
        }
    }

    @Test
    void guestDataAndConsole_survive_whenUpIsKilled() throws Exception {
        Path data = RunningOriel.newData("killed");
        RunningOriel first = RunningOriel.start(data);
        OrielUser user = OrielUser.register(first);
        user.awaitTemplate("tiny", SharedOriel.TEMPLATE_LIMIT);
        String vm = user.createRunning("tiny").path("id").asString();
        long guest = first.pidOf(vm);
        HalfUploads uploads = HalfUploads.begin(first, user);
        first.kill();
        assertThat(RunningOriel.isRunning(guest)).as("guest lives on").isTrue();
        try (RunningOriel second = first.startAgain()) {
            OrielUser again = user.on(second);
            again.awaitState(vm, "running", Duration.ofSeconds(30));
            assertThat(second.pidOf(vm)).isEqualTo(guest);
            assertConsoleWorks(again, vm);
            uploads.assertNothingStays_andPiecesGoOn(second, again);
            assertBilledToTheSecond(again, vm);
            again.deleteFully(vm);
        }
    }

    /** Whatever was killed in between, each second is billed once. */
    private static void assertBilledToTheSecond(OrielUser user, String vm) {
        Instant started = Instant.parse(user.get("/api/vm/" + vm).expect(200).text("startedAt"));
        Awaitility.await("the VM ran long enough")
                .atMost(BILLED.plusSeconds(1))
                .until(() -> Duration.between(started, Instant.now()).compareTo(BILLED) >= 0);
        user.post("/api/vm/" + vm + "/stop", "{\"force\":true}").expect(200);
        long ran = Duration.between(started, Instant.now()).toSeconds();
        long billed = user.get("/api/usage")
                .expect(200)
                .json()
                .at("/total/runningSeconds")
                .asLong();
        assertThat(billed).as("billed, of %s s", ran).isBetween(ran - 2, ran + 2);
    }

    @Test
    void desiredVm_comesBack_andNothingIsLeftBetween() throws Exception {
        Path data = RunningOriel.newData("ctrl-c");
        RunningOriel first = RunningOriel.start(data);
        OrielUser user = OrielUser.register(first);
        user.awaitTemplate("tiny", SharedOriel.TEMPLATE_LIMIT);
        String vm = user.createRunning("tiny").path("id").asString();
        long guest = first.pidOf(vm);
        first.stop();
        assertThat(first.processes()).as("processes after Ctrl-C").isEmpty();
        assertThat(RunningOriel.isRunning(guest)).isFalse();
        try (RunningOriel second = first.startAgain()) {
            OrielUser again = user.on(second);
            again.awaitState(vm, "running", Duration.ofSeconds(60));
            assertConsoleWorks(again, vm);
            again.deleteFully(vm);
            assertThat(second.filesIn("vms/users")).isEmpty();
        }
    }

    private static void assertConsoleWorks(OrielUser user, String vm) throws Exception {
        OrielUser.Answer ticket = user.console(vm);
        try (ConsoleClient console = ConsoleClient.open(user.http(), ticket.text("url"), ticket.text("ticket"))) {
            byte[] before = console.frame();
            console.type("echo oriel");
            console.awaitChange(before, Duration.ofSeconds(20));
        }
    }
}
