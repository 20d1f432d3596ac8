package dev.oriel.api.share;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.account.Caller;
import dev.oriel.api.audit.Act;
import dev.oriel.api.audit.AuditLog;
import dev.oriel.api.http.FieldError;
import dev.oriel.core.console.ConsolePermission;
import dev.oriel.core.console.ShareId;
import dev.oriel.core.vm.VmId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /vm/{id}/shares}: the share links of one's own VM. */
@RestController
@RequestMapping("/vm/{id}/shares")
class ShareResource {
    private static final Duration USUAL_LIFE = Duration.ofDays(7);
    private static final Duration LONGEST_LIFE = Duration.ofDays(366);
    private static final int MOST_USES = 10_000;
    private static final int SHORTEST_PASSWORD = 4;
    private static final int LONGEST_PASSWORD = 128;

    private final Shares shares;
    private final AuditLog audit;
    private final String publicUrl;
    private final Clock clock;

    ShareResource(Shares shares, AuditLog audit, ApiConfig config, Clock clock) {
        this.audit = audit;
        this.shares = shares;
        this.publicUrl = config.publicUrl().toString();
        this.clock = clock;
    }

    /** The body of {@code POST}, which may be missing: a link that only looks, for seven days. */
    record NewShareBody(
            @Nullable ConsolePermission mode,
            @Nullable Instant expiresAt,
            @Nullable Integer maxUses,
            @Nullable String password) {
        @Override
        public String toString() {
            return "NewShareBody";
        }
    }

    /**
     * A link in answers.
     *
     * @param password whether it asks for one
     * @param token only in the answer that made it, like {@code url}
     */
    record ShareView(
            ShareId id,
            VmId vm,
            ConsolePermission mode,
            boolean password,
            Instant createdAt,
            Instant expiresAt,
            @Nullable Integer maxUses,
            int uses,
            @Nullable String token,
            @Nullable String url) {
        static ShareView of(Share share, @Nullable String token, @Nullable String url) {
            return new ShareView(
                    share.id(),
                    share.vm(),
                    share.mode(),
                    share.passwordHash().isPresent(),
                    share.createdAt(),
                    share.expiresAt(),
                    share.maxUses().isPresent() ? share.maxUses().getAsInt() : null,
                    share.uses(),
                    token,
                    url);
        }

        @Override
        public String toString() {
            return "ShareView[" + id + "]";
        }
    }

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    ShareView create(Caller caller, @PathVariable VmId id, @RequestBody(required = false) @Nullable NewShareBody body) {
        Shares.Made made =
                shares.make(caller.id(), id, checked(body == null ? new NewShareBody(null, null, null, null) : body));
        note(
                Act.SHARE_MADE,
                caller,
                made.share().id() + " of VM " + id + ", " + made.share().mode());
        return ShareView.of(made.share(), made.token(), publicUrl + "/pages/share/" + made.token());
    }

    @GetMapping
    List<ShareView> list(Caller caller, @PathVariable VmId id) {
        return shares.list(caller.id(), id).stream()
                .map(share -> ShareView.of(share, null, null))
                .toList();
    }

    @DeleteMapping("/{share}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void revoke(Caller caller, @PathVariable VmId id, @PathVariable ShareId share) {
        shares.revoke(caller.id(), id, share);
        note(Act.SHARE_ENDED, caller, share + " of VM " + id);
    }

    private void note(Act act, Caller caller, String detail) {
        audit.record(act, Optional.of(caller.person()), Optional.of(caller.id()), detail);
    }

    private Shares.NewShare checked(NewShareBody body) {
        Instant now = clock.instant();
        Instant expiresAt =
                (body.expiresAt() == null ? now.plus(USUAL_LIFE) : body.expiresAt()).truncatedTo(ChronoUnit.MILLIS);
        if (!expiresAt.isAfter(now) || expiresAt.isAfter(now.plus(LONGEST_LIFE))) {
            throw FieldError.problem("expiresAt", "must be in the future, within a year");
        }
        Integer uses = body.maxUses();
        if (uses != null && (uses < 1 || uses > MOST_USES)) {
            throw FieldError.problem("maxUses", "must be 1 to " + MOST_USES);
        }
        Optional<String> password = Optional.ofNullable(body.password());
        if (password.isPresent()
                && (password.get().length() < SHORTEST_PASSWORD
                        || password.get().length() > LONGEST_PASSWORD)) {
            throw FieldError.problem(
                    "password", "must have " + SHORTEST_PASSWORD + " to " + LONGEST_PASSWORD + " characters");
        }
        return new Shares.NewShare(
                body.mode() == null ? ConsolePermission.VIEW : body.mode(),
                expiresAt,
                uses == null ? OptionalInt.empty() : OptionalInt.of(uses),
                password);
    }
}
