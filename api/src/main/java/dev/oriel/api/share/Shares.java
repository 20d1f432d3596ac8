package dev.oriel.api.share;

import dev.oriel.api.account.Passwords;
import dev.oriel.api.account.RevocationRelay;
import dev.oriel.api.limit.RateLimits;
import dev.oriel.api.session.Consoles;
import dev.oriel.api.vm.ConsoleView;
import dev.oriel.api.vm.Vm;
import dev.oriel.api.vm.VmStore;
import dev.oriel.api.vm.Vms;
import dev.oriel.api.vm.Waking;
import dev.oriel.core.account.UserId;
import dev.oriel.core.console.ConsolePermission;
import dev.oriel.core.console.Guest;
import dev.oriel.core.console.ShareId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmState;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Makes share links and lets their visitors in. A link that does not hold answers like one that never was. Thread-safe. */
@Component
class Shares {
    /** Live links of one VM. */
    private static final int MAX_PER_VM = 50;

    private final ShareStore store;
    private final RevocationRelay relay;
    private final VmStore vms;
    private final Consoles consoles;
    private final Passwords passwords;
    private final RateLimits limits;
    private final Waking waking;
    private final Clock clock;

    Shares(
            ShareStore store,
            RevocationRelay relay,
            VmStore vms,
            Consoles consoles,
            Passwords passwords,
            RateLimits limits,
            Waking waking,
            Clock clock) {
        this.store = store;
        this.relay = relay;
        this.vms = vms;
        this.consoles = consoles;
        this.passwords = passwords;
        this.limits = limits;
        this.waking = waking;
        this.clock = clock;
    }

    /** What an owner wants of a new link. */
    record NewShare(ConsolePermission mode, Instant expiresAt, OptionalInt maxUses, Optional<String> password) {
        @Override
        public String toString() {
            return "NewShare[" + mode + "]";
        }
    }

    /** A link with the token that only its maker ever sees. */
    record Made(Share share, String token) {
        @Override
        public String toString() {
            return share.toString();
        }
    }

    /** A visitor with a ticket; {@code key} lets the same one in again, and is null when that needs none. */
    record Admitted(
            ConsoleView console,
            ConsolePermission mode,
            @Nullable String key) {
        @Override
        public String toString() {
            return "Admitted[" + console + "]";
        }
    }

    Made make(UserId owner, VmId vm, NewShare wanted) {
        Vm found = vms.find(owner, vm).orElseThrow(Vms::unknown);
        String token = ShareSecret.fresh();
        Share share = new Share(
                ShareId.random(),
                found.id(),
                owner,
                wanted.mode(),
                wanted.password().map(passwords::hash),
                clock.instant().truncatedTo(ChronoUnit.MILLIS),
                wanted.expiresAt(),
                wanted.maxUses(),
                0);
        if (!store.insert(share, ShareSecret.hash(token), MAX_PER_VM)) {
            throw new OrielException(ErrorCode.QUOTA_EXCEEDED, "A VM may have " + MAX_PER_VM + " live share links.");
        }
        return new Made(share, token);
    }

    List<Share> list(UserId owner, VmId vm) {
        Vm found = vms.find(owner, vm).orElseThrow(Vms::unknown);
        return store.live(owner, found.id(), clock.instant());
    }

    void revoke(UserId owner, VmId vm, ShareId share) {
        if (!store.revoke(owner, vm, share, clock.instant())) {
            throw new OrielException(ErrorCode.NOT_FOUND, "There is no such share link.");
        }
        relay.announce(store, share);
    }

    /** The live link of {@code token}. Uses nothing up. */
    Share find(String token) {
        return Optional.of(token)
                .filter(ShareSecret::hasShape)
                .flatMap(secret -> store.find(ShareSecret.hash(secret), clock.instant()))
                .orElseThrow(Shares::unknown);
    }

    /** The VM behind a live link. */
    Vm vmOf(Share share) {
        return vms.find(share.owner(), share.vm()).orElseThrow(Shares::unknown);
    }

    /** Lets a visitor in: a new one is counted and needs the password, one that comes back with its key does not. */
    Admitted admit(
            HttpServletRequest request, Share share, String name, @Nullable String password, @Nullable String key) {
        limits.consoleOpenFrom(request);
        boolean known = key != null && ShareSecret.hasShape(key) && store.isVisit(share.id(), ShareSecret.hash(key));
        if (!known) {
            share.passwordHash().ifPresent(hash -> check(request, share, hash, password));
        }
        Vm vm = waking.woken(vmOf(share));
        if (vm.state() != VmState.RUNNING) {
            throw new OrielException(
                    ErrorCode.STATE_CONFLICT,
                    "This desktop is not running now.",
                    java.util.Map.of("state", vm.state().word(), "allowed", List.of()));
        }
        String visit = known ? key : enter(share);
        Guest guest = new Guest(share.id(), name, share.expiresAt());
        return new Admitted(consoles.openForGuest(vm, share.mode(), guest), share.mode(), visit);
    }

    private @Nullable String enter(Share share) {
        if (!store.use(share.id(), clock.instant())) {
            throw new OrielException(ErrorCode.SHARE_ENDED, "This link has let in as many people as it may.");
        }
        if (share.maxUses().isEmpty() && share.passwordHash().isEmpty()) {
            // Coming back costs such a visitor nothing anyway.
            return null;
        }
        String key = ShareSecret.fresh();
        store.addVisit(share.id(), ShareSecret.hash(key), clock.instant());
        return key;
    }

    private void check(HttpServletRequest request, Share share, String hash, @Nullable String password) {
        if (password == null) {
            throw new OrielException(ErrorCode.BAD_CREDENTIALS, "This link needs its password.");
        }
        String account = "share:" + share.id();
        limits.passwordAttempt(request, account);
        if (!passwords.matches(password, hash)) {
            throw new OrielException(ErrorCode.BAD_CREDENTIALS, "This is not the link's password.");
        }
        limits.passwordWasRight(request, account);
    }

    private static OrielException unknown() {
        return new OrielException(ErrorCode.NOT_FOUND, "There is no such share link, or it has ended.");
    }
}
