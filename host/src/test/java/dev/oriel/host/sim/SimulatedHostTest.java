package dev.oriel.host.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.HostApi;
import dev.oriel.core.host.HostApiContract;
import dev.oriel.core.host.HostName;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The simulated host keeps the contract, and its script. */
class SimulatedHostTest extends HostApiContract {
    @TempDir
    Path sockets;

    private SimulatedHost host;

    @BeforeEach
    void start() {
        host = new SimulatedHost(new HostName("sim"), sockets, 3, Clock.systemUTC());
        host.script().bootDelay(Duration.ofMillis(4)).stopDelay(Duration.ofMillis(2));
    }

    @AfterEach
    void stop() {
        host.script().unreachable(false).silent(false);
        deleteWhatWasMade();
        host.close();
        assertThat(sockets.resolve("vnc").toFile().list()).isNullOrEmpty();
    }

    @Override
    protected HostApi host() {
        return host;
    }

    @Override
    protected TemplateName template() {
        return new TemplateName("tiny");
    }

    @Test
    void consolesOfAKilledOne_areRemovedByTheNext() throws Exception {
        Path left = Files.createFile(Files.createDirectories(sockets.resolve("vnc"))
                .resolve(VmId.random().toString()));
        host.close();
        host = new SimulatedHost(new HostName("sim"), sockets, 3, Clock.systemUTC());
        assertThat(left).doesNotExist();
    }

    @Test
    void failNext_failsOneBoot_andTheNextGenerationTriesAgain() {
        host.script().failNext(1);
        VmSpec spec = spec();
        VmObservation failed = ensure(spec, VmGoal.RUNNING, false, 1);
        assertThat(failed.phase()).isEqualTo(VmPhase.FAILED);
        assertThat(failed.settled()).isTrue();
        assertThat(failed.reason()).isPresent();
        run(spec, 2);
    }

    @Test
    void hangNext_staysStarting_untilForced() {
        host.script().hangNext(1);
        VmSpec spec = spec();
        VmAssignment start = new VmAssignment(spec, VmGoal.RUNNING, false, 1);
        await().until(() -> host.ensure(start, Duration.ZERO).phase() == VmPhase.STARTING);
        VmObservation hanging = host.ensure(start, Duration.ofMillis(50));
        assertThat(hanging.phase()).isEqualTo(VmPhase.STARTING);
        assertThat(hanging.settled()).isFalse();
        assertThat(ensure(spec, VmGoal.STOPPED, true, 2).phase()).isEqualTo(VmPhase.STOPPED);
    }

    @Test
    void kill_failsTheVm_andClosesItsConsole() {
        VmSpec spec = spec();
        run(spec, 1);
        Path socket = sockets.resolve("vnc").resolve(spec.id().toString());
        assertThat(socket).exists();
        host.kill(spec.id());
        VmObservation dead = host.observe(spec.id()).orElseThrow();
        assertThat(dead.phase()).isEqualTo(VmPhase.FAILED);
        assertThat(dead.reason()).isPresent();
        assertThat(socket).doesNotExist();
    }

    @Test
    void powerOff_isTheGuestsOwnStop_andARepeatDoesNotStartIt() {
        VmSpec spec = spec();
        run(spec, 1);
        host.powerOff(spec.id());
        VmObservation off = ensure(spec, VmGoal.RUNNING, false, 1);
        assertThat(off.phase()).isEqualTo(VmPhase.STOPPED);
        assertThat(off.endedByHost()).isFalse();
    }

    @Test
    void stopGuests_endsThemAll_andSaysThatTheHostDid() {
        VmSpec spec = spec();
        run(spec, 1);
        host.stopGuests(Duration.ofSeconds(5));
        VmObservation ended = host.observe(spec.id()).orElseThrow();
        assertThat(ended.phase()).isEqualTo(VmPhase.STOPPED);
        assertThat(ended.endedByHost()).isTrue();
    }

    @Test
    void aFullHost_refusesOneMore() {
        run(spec(), 1);
        run(spec(), 1);
        VmSpec third = spec();
        run(third, 1);
        VmSpec fourth = spec();
        assertRefused(ErrorCode.NO_CAPACITY, () -> run(fourth, 1));
        ensure(third, VmGoal.STOPPED, true, 2);
        run(fourth, 1);
    }

    @Test
    void unreachable_failsEveryCall_untilItIsBack() {
        VmSpec spec = spec();
        run(spec, 1);
        host.script().unreachable(true);
        assertRefused(ErrorCode.HOST_UNREACHABLE, host::info);
        assertRefused(ErrorCode.HOST_UNREACHABLE, () -> host.observe(spec.id()));
        host.script().unreachable(false);
        assertThat(host.observe(spec.id()).orElseThrow().phase()).isEqualTo(VmPhase.RUNNING);
    }

    private static void assertRefused(ErrorCode code, Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        OrielException.class,
                        failure -> assertThat(failure.code()).isEqualTo(code));
    }
}
