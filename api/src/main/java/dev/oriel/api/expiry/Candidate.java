package dev.oriel.api.expiry;

import dev.oriel.api.VmLimitRules.Limits;
import dev.oriel.api.vm.Vm;
import dev.oriel.api.vm.WhenUnwatched;
import dev.oriel.core.host.HostName;
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
        Optional<HostName> host,
        String template,
        VmState state,
        WhenUnwatched whenUnwatched,
        Optional<Instant> since,
        Vm.Expiry expiry,
        Limits own) {

    /** An owner hears of an end this long before, or a tenth of the limit before when that is shorter. */
    private static final Duration NOTICE_OF_STOP = Duration.ofMinutes(15);

    private static final Duration NOTICE_OF_DELETION = Duration.ofDays(1);
    private static final int SHARE_OF_LIMIT = 10;

    /** What is to become of it by {@code limits} of its template, seen {@code now}. */
    Vm.Expiry plan(Limits limits, Duration suspendAfter, boolean watched, Instant now) {
        if (state != VmState.RUNNING) {
            Optional<Instant> end = after(since, own.keep().or(limits::keep), Vm.Fate.DELETE, now);
            return new Vm.Expiry(end.map(_ -> Vm.Fate.DELETE), end, Optional.empty());
        }
        Optional<Instant> unwatched =
                watched ? Optional.empty() : expiry.unwatchedSince().or(() -> Optional.of(now));
        Optional<Instant> suspended = whenUnwatched == WhenUnwatched.SUSPEND
                ? unwatched.map(begin -> begin.plus(suspendAfter))
                : Optional.empty();
        Optional<Instant> end = Stream.of(
                        after(since, own.lifetime().or(limits::lifetime), Vm.Fate.STOP, now),
                        after(unwatched, own.idle().or(limits::idle), Vm.Fate.STOP, now))
                .flatMap(Optional::stream)
                .min(Instant::compareTo);
        boolean sooner =
                suspended.isPresent() && end.filter(suspended.get()::isAfter).isEmpty();
        return sooner
                ? new Vm.Expiry(Optional.of(Vm.Fate.SUSPEND), suspended, unwatched)
                : new Vm.Expiry(end.map(_ -> Vm.Fate.STOP), end, unwatched);
    }

    private Optional<Instant> after(Optional<Instant> begin, Optional<Duration> limit, Vm.Fate fate, Instant now) {
        return limit.filter(Duration::isPositive)
                .flatMap(longest -> begin.map(from -> later(from.plus(longest), noticed(longest, fate, now))));
    }

    /**
     * The first moment at which the owner has heard of it early enough. A limit that is new, or that ran out while no
     * Oriel was there, ends nothing at once.
     */
    private Instant noticed(Duration limit, Vm.Fate fate, Instant now) {
        Duration share = limit.dividedBy(SHARE_OF_LIMIT);
        Duration longest = fate == Vm.Fate.DELETE ? NOTICE_OF_DELETION : NOTICE_OF_STOP;
        Instant first = now.plus(share.compareTo(longest) < 0 ? share : longest);
        return expiry.fate()
                .filter(fate::equals)
                .flatMap(_ -> expiry.at())
                .filter(first::isAfter)
                .orElse(first);
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }
}
