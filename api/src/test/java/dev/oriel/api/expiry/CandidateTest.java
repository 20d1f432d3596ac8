package dev.oriel.api.expiry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.VmLimitRules.Limits;
import dev.oriel.api.vm.Vm;
import dev.oriel.api.vm.WhenUnwatched;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmState;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CandidateTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant NOW = START.plusSeconds(600);
    private static final Duration SUSPEND_AFTER = Duration.ofMinutes(2);
    private static final Limits NONE = limits(null, null, null);

    @Test
    void runningVm_isStopped_atWhateverComesFirst() {
        Limits limits = limits(Duration.ofHours(1), Duration.ofMinutes(5), Duration.ofDays(1));
        Vm.Expiry watched = running(Optional.empty(), NONE).plan(limits, SUSPEND_AFTER, true, NOW);
        assertThat(watched.fate()).contains(Vm.Fate.STOP);
        assertThat(watched.at()).contains(START.plus(Duration.ofHours(1)));
        assertThat(watched.unwatchedSince()).isEmpty();
        Vm.Expiry left = running(Optional.empty(), NONE).plan(limits, SUSPEND_AFTER, false, NOW);
        assertThat(left.unwatchedSince()).contains(NOW);
        assertThat(left.at()).contains(NOW.plus(Duration.ofMinutes(5)));
        Vm.Expiry later = running(left.unwatchedSince(), NONE).plan(limits, SUSPEND_AFTER, false, NOW.plusSeconds(60));
        assertThat(later).isEqualTo(left);
    }

    @Test
    void endedVm_isDeleted_whenItHasNotRunForLong() {
        Candidate ended = ended(running(Optional.of(NOW), NONE).expiry());
        Vm.Expiry plan = ended.plan(
                limits(Duration.ofHours(1), Duration.ofHours(1), Duration.ofDays(7)), SUSPEND_AFTER, false, NOW);
        assertThat(plan.fate()).contains(Vm.Fate.DELETE);
        assertThat(plan.at()).contains(START.plus(Duration.ofDays(7)));
        assertThat(plan.unwatchedSince()).isEmpty();
    }

    @Test
    void withoutLimits_nothingEnds() {
        assertThat(running(Optional.empty(), NONE)
                        .plan(NONE, SUSPEND_AFTER, false, NOW)
                        .at())
                .isEmpty();
    }

    @Test
    void anAccountsOwnLimits_goBeforeTheTemplates_andZeroIsNone() {
        Limits template = limits(Duration.ofHours(1), Duration.ofHours(1), null);
        Limits own = limits(Duration.ZERO, Duration.ofMinutes(1), null);
        Vm.Expiry plan = running(Optional.empty(), own).plan(template, SUSPEND_AFTER, false, NOW);
        assertThat(plan.at()).contains(NOW.plusSeconds(60));
        assertThat(running(Optional.empty(), own)
                        .plan(template, SUSPEND_AFTER, true, NOW)
                        .at())
                .isEmpty();
    }

    @Test
    void unwatchedVm_isSuspended_ifItsOwnerWantsThat_unlessItsTimeIsOverSooner() {
        Vm.Expiry since = new Vm.Expiry(Optional.empty(), Optional.empty(), Optional.of(NOW));
        Candidate vm = running(WhenUnwatched.SUSPEND, since, NONE);
        Vm.Expiry plan = vm.plan(NONE, SUSPEND_AFTER, false, NOW.plusSeconds(5));
        assertThat(plan.fate()).contains(Vm.Fate.SUSPEND);
        assertThat(plan.at()).contains(NOW.plus(SUSPEND_AFTER));
        assertThat(vm.plan(NONE, SUSPEND_AFTER, true, NOW).at()).isEmpty();
        Limits sooner = limits(null, Duration.ofMinutes(1), null);
        assertThat(vm.plan(sooner, SUSPEND_AFTER, false, NOW).fate()).contains(Vm.Fate.STOP);
    }

    @Test
    void aLimitThatIsNew_orRanOutUnseen_endsNothingUnannounced() {
        Limits limits = limits(Duration.ofHours(8), null, Duration.ofDays(30));
        Instant now = START.plus(Duration.ofDays(90));
        Vm.Expiry stop = running(Optional.empty(), NONE).plan(limits, SUSPEND_AFTER, true, now);
        assertThat(stop.at()).contains(now.plus(Duration.ofMinutes(15)));
        Candidate resting = ended(new Vm.Expiry(Optional.empty(), Optional.empty(), Optional.empty()));
        Vm.Expiry deletion = resting.plan(limits, SUSPEND_AFTER, false, now);
        assertThat(deletion.at()).contains(now.plus(Duration.ofDays(1)));
        Vm.Expiry later = ended(deletion).plan(limits, SUSPEND_AFTER, false, now.plus(Duration.ofHours(23)));
        assertThat(later).isEqualTo(deletion);
        Limits longer = limits(null, null, Duration.ofDays(365));
        assertThat(ended(deletion).plan(longer, SUSPEND_AFTER, false, now).at())
                .contains(START.plus(Duration.ofDays(365)));
        Vm.Expiry announcedAsStop =
                new Vm.Expiry(Optional.of(Vm.Fate.STOP), Optional.of(START.plusSeconds(1)), Optional.empty());
        assertThat(ended(announcedAsStop)
                        .plan(limits, SUSPEND_AFTER, false, now)
                        .at())
                .contains(now.plus(Duration.ofDays(1)));
    }

    private static Candidate ended(Vm.Expiry expiry) {
        return new Candidate(
                VmId.random(),
                Optional.empty(),
                "tiny",
                VmState.STOPPED,
                WhenUnwatched.RUN,
                Optional.of(START),
                expiry,
                NONE);
    }

    private static Candidate running(Optional<Instant> unwatchedSince, Limits own) {
        Vm.Expiry expiry = new Vm.Expiry(Optional.empty(), Optional.empty(), unwatchedSince);
        return running(WhenUnwatched.RUN, expiry, own);
    }

    private static Candidate running(WhenUnwatched whenUnwatched, Vm.Expiry expiry, Limits own) {
        return new Candidate(
                VmId.random(),
                Optional.empty(),
                "tiny",
                VmState.RUNNING,
                whenUnwatched,
                Optional.of(START),
                expiry,
                own);
    }

    private static Limits limits(
            @org.jspecify.annotations.Nullable Duration lifetime,
            @org.jspecify.annotations.Nullable Duration idle,
            @org.jspecify.annotations.Nullable Duration keep) {
        return new Limits(Optional.ofNullable(lifetime), Optional.ofNullable(idle), Optional.ofNullable(keep));
    }
}
