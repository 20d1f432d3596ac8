package dev.oriel.api.expiry;

import dev.oriel.api.VmLimitRules.Limits;
import dev.oriel.api.vm.Vm;
import dev.oriel.api.vm.WhenUnwatched;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmState;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A VM whose time may end. Pure.
 *
 * @param whenUnwatched what its owner wants then
 * @param since when it was started, if it runs, else when it ended
 * @param own its owner's limits; zero: none
 */
record Candidate(
        VmId id,
        String template,
        VmState state,
        WhenUnwatched whenUnwatched,
        Optional<Instant> since,
        Vm.Expiry expiry,
        Limits own) {

    /** What is to become of it by {@code limits} of its template, seen {@code now}. */
    Vm.Expiry plan(Limits limits, Duration suspendAfter, boolean watched, Instant now) {
        if (state != VmState.RUNNING) {
            Optional<Instant> end = after(since, own.keep().or(limits::keep));
            return new Vm.Expiry(end.map(_ -> Vm.Fate.DELETE), end, Optional.empty());
        }
        Optional<Instant> unwatched =
                watched ? Optional.empty() : expiry.unwatchedSince().or(() -> Optional.of(now));
        Optional<Instant> suspended = whenUnwatched == WhenUnwatched.SUSPEND
                ? unwatched.map(begin -> begin.plus(suspendAfter))
                : Optional.empty();
        Optional<Instant> end = Stream.of(
                        after(since, own.lifetime().or(limits::lifetime)),
                        after(unwatched, own.idle().or(limits::idle)))
                .flatMap(Optional::stream)
                .min(Instant::compareTo);
        boolean sooner =
                suspended.isPresent() && end.filter(suspended.get()::isAfter).isEmpty();
        return sooner
                ? new Vm.Expiry(Optional.of(Vm.Fate.SUSPEND), suspended, unwatched)
                : new Vm.Expiry(end.map(_ -> Vm.Fate.STOP), end, unwatched);
    }

    private static Optional<Instant> after(Optional<Instant> begin, Optional<Duration> limit) {
        return limit.filter(Duration::isPositive).flatMap(longest -> begin.map(from -> from.plus(longest)));
    }
}
