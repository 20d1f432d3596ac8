package dev.oriel.core.vm;

import static dev.oriel.core.vm.VmEvent.*;
import static dev.oriel.core.vm.VmState.*;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The VM lifecycle: one table. Each row says for one event from which states it moves where, and in which states it
 * is already done (or, for a report, already overtaken by a newer wish) and so harmless. Everything else is denied.
 *
 * <p>The API's allowed actions, the buttons on the page, the state diagram of the docs and the SQL {@code CHECK} all
 * come from here. Pure and thread-safe.
 */
public final class VmLifecycle {
    /** One line of the table: {@code event} moves any of {@code from} to {@code to}; in {@code already} it does nothing. */
    public record Row(VmEvent event, Set<VmState> from, VmState to, Set<VmState> already) {}

    private static final List<Row> TABLE = List.of(
            // what users ask for
            row(START, from(STOPPED, FAILED, LOST), STARTING, already(REQUESTED, PROVISIONING, STARTING, RUNNING)),
            row(STOP, from(REQUESTED, PROVISIONING, STARTING, RUNNING, LOST), STOPPING, already(STOPPING, STOPPED)),
            row(RESTART, from(RUNNING, FAILED), STARTING, already(STARTING)),
            row(RESET, from(RUNNING), RUNNING, already()),
            row(SUSPEND, from(RUNNING), SUSPENDING, already(SUSPENDING, SUSPENDED)),
            row(RESUME, from(SUSPENDED), STARTING, already(STARTING, RUNNING)),
            row(FORK, from(RUNNING), RUNNING, already()),
            row(SNAPSHOT, from(RUNNING), RUNNING, already()),
            row(SNAPSHOT, from(STOPPED), STOPPED, already()),
            row(RESTORE, from(RUNNING), STARTING, already(STARTING)),
            row(RESTORE, from(STOPPED, FAILED), STOPPING, already(STOPPING)),
            row(DELETE, everyExcept(DELETING, DELETED), DELETING, already(DELETING, DELETED)),
            // what hosts report
            row(SAW_PROVISIONING, from(REQUESTED, LOST), PROVISIONING, everyExcept(REQUESTED, LOST)),
            row(
                    SAW_STARTING,
                    from(REQUESTED, PROVISIONING, LOST),
                    STARTING,
                    everyExcept(REQUESTED, PROVISIONING, LOST)),
            row(
                    SAW_RUNNING,
                    from(REQUESTED, PROVISIONING, STARTING, LOST),
                    RUNNING,
                    everyExcept(REQUESTED, PROVISIONING, STARTING, LOST)),
            row(SAW_SUSPENDING, from(LOST), SUSPENDING, everyExcept(LOST)),
            row(SAW_SUSPENDED, from(SUSPENDING, LOST), SUSPENDED, everyExcept(SUSPENDING, LOST)),
            row(SAW_STOPPING, from(LOST), STOPPING, everyExcept(LOST)),
            row(
                    SAW_STOPPED,
                    from(REQUESTED, PROVISIONING, STARTING, RUNNING, SUSPENDING, SUSPENDED, STOPPING, FAILED, LOST),
                    STOPPED,
                    already(STOPPED, DELETING, DELETED)),
            row(
                    SAW_FAILED,
                    from(REQUESTED, PROVISIONING, STARTING, RUNNING, SUSPENDING, SUSPENDED, STOPPING, LOST),
                    FAILED,
                    already(FAILED, STOPPED, DELETING, DELETED)),
            row(SAW_GONE, from(DELETING), DELETED, everyExcept(DELETING)),
            row(
                    HOST_LOST,
                    from(PROVISIONING, STARTING, RUNNING, SUSPENDING, STOPPING),
                    LOST,
                    everyExcept(PROVISIONING, STARTING, RUNNING, SUSPENDING, STOPPING)));

    private static final Map<VmState, Map<VmEvent, Outcome>> ANSWERS = answers();

    private VmLifecycle() {}

    /** The table itself, for documentation and structural tests. */
    public static List<Row> table() {
        return TABLE;
    }

    /** What {@code command} does to a VM in {@code state}. */
    public static Outcome apply(VmState state, VmCommand command) {
        return apply(state, command.event());
    }

    /** As {@link #apply(VmState, VmCommand)}, by the command's kind. */
    public static Outcome apply(VmState state, VmEvent event) {
        Outcome known = ANSWERS.getOrDefault(state, Map.of()).get(event);
        return known != null ? known : new Outcome.Denied(state, event, allowed(state));
    }

    /** The verbs that move a VM in {@code state}, in the order of the table: the actions on its page. */
    public static Set<VmEvent> allowed(VmState state) {
        EnumSet<VmEvent> verbs = EnumSet.noneOf(VmEvent.class);
        for (Row row : TABLE) {
            if (row.event().isVerb() && row.from().contains(state)) {
                verbs.add(row.event());
            }
        }
        return Collections.unmodifiableSet(verbs);
    }

    private static Map<VmState, Map<VmEvent, Outcome>> answers() {
        Map<VmState, Map<VmEvent, Outcome>> answers = new EnumMap<>(VmState.class);
        for (Row row : TABLE) {
            for (VmState state : row.from()) {
                put(answers, state, row.event(), new Outcome.Moved(row.to()));
            }
            for (VmState state : row.already()) {
                put(answers, state, row.event(), new Outcome.AlreadyThere(state));
            }
        }
        return answers;
    }

    private static void put(
            Map<VmState, Map<VmEvent, Outcome>> answers, VmState state, VmEvent event, Outcome outcome) {
        Outcome before = answers.computeIfAbsent(state, s -> new EnumMap<>(VmEvent.class))
                .put(event, outcome);
        if (before != null) {
            throw new IllegalStateException("ambiguous lifecycle edge: " + state + " on " + event);
        }
    }

    private static Row row(VmEvent event, Set<VmState> from, VmState to, Set<VmState> already) {
        return new Row(event, from, to, already);
    }

    private static Set<VmState> from(VmState... states) {
        return setOf(states);
    }

    private static Set<VmState> already(VmState... states) {
        return setOf(states);
    }

    private static Set<VmState> setOf(VmState... states) {
        EnumSet<VmState> set = EnumSet.noneOf(VmState.class);
        Collections.addAll(set, states);
        return Collections.unmodifiableSet(set);
    }

    private static Set<VmState> everyExcept(VmState... states) {
        EnumSet<VmState> set = EnumSet.allOf(VmState.class);
        set.removeAll(Arrays.asList(states));
        return Collections.unmodifiableSet(set);
    }
}
