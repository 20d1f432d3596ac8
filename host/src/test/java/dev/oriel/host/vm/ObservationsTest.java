package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.core.host.VmChanges;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ObservationsTest {
    private final Observations observations = new Observations(clock(1_000_000));

    @Test
    void firstCall_isComplete_andLaterOnesTellOnlyNews() {
        VmObservation one = seen(VmId.random(), VmPhase.RUNNING, 1);
        VmObservation other = seen(VmId.random(), VmPhase.STOPPED, 1);
        observations.publish(one);
        observations.publish(other);

        VmChanges first = observations.changes(0, Duration.ZERO);
        observations.publish(one);
        VmChanges nothing = observations.changes(first.next(), Duration.ZERO);
        VmObservation news = seen(one.vm(), VmPhase.STOPPING, 2);
        observations.publish(news);
        VmChanges second = observations.changes(nothing.next(), Duration.ZERO);

        assertThat(first.complete()).isTrue();
        assertThat(first.vms()).containsExactly(one, other);
        assertThat(nothing.vms()).isEmpty();
        assertThat(second.complete()).isFalse();
        assertThat(second.vms()).containsExactly(news);
    }

    @Test
    void goneVm_isToldOnce_andNotThereInACompleteAnswer() {
        VmObservation running = seen(VmId.random(), VmPhase.RUNNING, 1);
        observations.publish(running);
        long since = observations.changes(0, Duration.ZERO).next();
        observations.publish(seen(running.vm(), VmPhase.GONE, 2));

        assertThat(observations.changes(since, Duration.ZERO).vms())
                .extracting(VmObservation::phase)
                .containsExactly(VmPhase.GONE);
        assertThat(observations.changes(0, Duration.ZERO).vms()).isEmpty();
        assertThat(observations.of(running.vm())).isEmpty();
    }

    @Test
    void sinceFromBeforeARestart_orAfterAClockJump_isAnsweredWithEverything() {
        long since = observations.changes(0, Duration.ZERO).next();
        Observations later = new Observations(clock(2_000_000));
        Observations clockWentBack = new Observations(clock(500_000));

        assertThat(later.changes(since, Duration.ZERO).complete()).isTrue();
        assertThat(clockWentBack.changes(since, Duration.ZERO).complete()).isTrue();
    }

    @Test
    void poll_waitsForTheFirstChange() throws Exception {
        long since = observations.changes(0, Duration.ZERO).next();
        CompletableFuture<VmChanges> answer = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> answer.complete(observations.changes(since, Duration.ofSeconds(20))));
        VmObservation news = seen(VmId.random(), VmPhase.RUNNING, 1);

        observations.publish(news);

        assertThat(answer.get(10, TimeUnit.SECONDS).vms()).containsExactly(news);
    }

    private static VmObservation seen(VmId vm, VmPhase phase, long generation) {
        return new VmObservation(vm, generation, phase, true, Optional.empty(), Optional.empty(), Optional.empty());
    }

    private static Clock clock(long millis) {
        return Clock.fixed(Instant.ofEpochMilli(millis), ZoneOffset.UTC);
    }
}
