package dev.oriel.core.vm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The structure of the lifecycle table: what must hold of every row, whatever rows there are. */
class VmLifecycleTest {
    @Test
    void table_hasNoAmbiguousEdge() {
        record Edge(VmState state, VmEvent event) {}
        Set<Edge> seen = new HashSet<>();
        for (VmLifecycle.Row row : VmLifecycle.table()) {
            for (VmState state : row.from()) {
                assertThat(seen.add(new Edge(state, row.event())))
                        .as("%s on %s stands twice", state, row.event())
                        .isTrue();
            }
            for (VmState state : row.already()) {
                assertThat(seen.add(new Edge(state, row.event())))
                        .as("%s on %s stands twice", state, row.event())
                        .isTrue();
            }
        }
    }

    @Test
    void everyEvent_hasARow() {
        EnumSet<VmEvent> used = EnumSet.noneOf(VmEvent.class);
        VmLifecycle.table().forEach(row -> used.add(row.event()));
        assertThat(used).containsExactlyInAnyOrder(VmEvent.values());
    }

    @Test
    void everyState_isReachableFromRequested() {
        assertThat(reachableFrom(VmState.REQUESTED)).containsExactlyInAnyOrder(VmState.values());
    }

    @ParameterizedTest
    @EnumSource(VmState.class)
    void everyState_isDeletable(VmState state) {
        Outcome outcome = VmLifecycle.apply(state, new VmCommand.Delete());
        assertThat(outcome).isNotInstanceOf(Outcome.Denied.class);
        assertThat(reachableFrom(state)).contains(VmState.DELETED);
    }

    @ParameterizedTest
    @EnumSource(VmState.class)
    void repeat_isHarmless_afterEveryMove(VmState state) {
        for (VmEvent event : VmEvent.values()) {
            if (VmLifecycle.apply(state, event) instanceof Outcome.Moved(VmState to)) {
                assertThat(VmLifecycle.apply(to, event))
                        .as("%s again after it moved %s to %s", event, state, to)
                        .satisfiesAnyOf(
                                again -> assertThat(again).isEqualTo(new Outcome.AlreadyThere(to)),
                                again -> assertThat(again).isEqualTo(new Outcome.Moved(to)));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(VmState.class)
    void hostReport_isNeverDenied(VmState state) {
        for (VmPhase phase : VmPhase.values()) {
            assertThat(VmLifecycle.apply(state, new VmCommand.Observed(phase)))
                    .as("%s seen in %s", phase, state)
                    .isNotInstanceOf(Outcome.Denied.class);
        }
    }

    @ParameterizedTest
    @EnumSource(VmState.class)
    void denied_namesWhatIsAllowed(VmState state) {
        for (VmEvent event : VmEvent.values()) {
            if (VmLifecycle.apply(state, event) instanceof Outcome.Denied denied) {
                assertThat(denied.allowed())
                        .isEqualTo(VmLifecycle.allowed(state))
                        .doesNotContain(event);
            }
        }
    }

    @Test
    void allowed_holdsOnlyVerbsThatMove() {
        for (VmState state : VmState.values()) {
            for (VmEvent verb : VmLifecycle.allowed(state)) {
                assertThat(verb.isVerb()).isTrue();
                assertThat(VmLifecycle.apply(state, verb)).isInstanceOf(Outcome.Moved.class);
            }
        }
    }

    @Test
    void deleted_isLeftByNothing() {
        assertThat(reachableFrom(VmState.DELETED)).containsExactly(VmState.DELETED);
    }

    @Test
    void stoppedByItself_isSeen_whileRunning() {
        assertThat(VmLifecycle.apply(VmState.RUNNING, new VmCommand.Observed(VmPhase.STOPPED)))
                .isEqualTo(new Outcome.Moved(VmState.STOPPED));
    }

    @Test
    void randomWalks_neverLeaveTheTable_andCanAlwaysBeDeleted() {
        Random random = new Random(20261123);
        VmEvent[] events = VmEvent.values();
        for (int walk = 0; walk < 500; walk++) {
            VmState state = VmState.REQUESTED;
            for (int step = 0; step < 100; step++) {
                VmEvent event = events[random.nextInt(events.length)];
                state = switch (VmLifecycle.apply(state, event)) {
                    case Outcome.Moved(VmState to) -> to;
                    case Outcome.AlreadyThere(VmState same) -> same;
                    case Outcome.Denied denied -> denied.state();
                };
            }
            assertThat(reachableFrom(state)).contains(VmState.DELETED);
        }
    }

    private static Set<VmState> reachableFrom(VmState start) {
        EnumSet<VmState> seen = EnumSet.of(start);
        Queue<VmState> open = new ArrayDeque<>(seen);
        while (!open.isEmpty()) {
            VmState state = open.remove();
            for (VmEvent event : VmEvent.values()) {
                if (VmLifecycle.apply(state, event) instanceof Outcome.Moved(VmState to) && seen.add(to)) {
                    open.add(to);
                }
            }
        }
        return seen;
    }
}
