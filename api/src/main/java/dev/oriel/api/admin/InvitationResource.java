package dev.oriel.api.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.oriel.api.account.Caller;
import dev.oriel.api.account.Invitations;
import dev.oriel.api.account.Role;
import dev.oriel.api.http.FieldError;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
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

/** {@code /admin/invitations}: codes to register with. */
@RestController
@RequestMapping("/admin/invitations")
class InvitationResource {
    private static final int USUAL_DAYS = 14;
    private static final int MAX_DAYS = 366;
    private static final int MAX_USES = 10_000;
    private static final int MAX_NOTE_LENGTH = 200;

    private final Invitations invitations;

    InvitationResource(Invitations invitations) {
        this.invitations = invitations;
    }

    /** A new invitation: for one account and 14 days, unless it says otherwise. */
    record NewInvitation(
            @Nullable String note,
            @Nullable Integer uses,
            @Nullable Integer expiresInDays) {}

    /** An invitation in answers; {@code code} and {@code url} only in the one that made it. */
    record InvitationView(
            UUID id,
            String note,
            Instant createdAt,
            Instant expiresAt,
            int uses,
            int maxUses,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String code,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String url) {
        static InvitationView of(Invitations.Invitation it, @Nullable String code, @Nullable String url) {
            return new InvitationView(
                    it.id(), it.note(), it.createdAt(), it.expiresAt(), it.uses(), it.maxUses(), code, url);
        }

        @Override
        public String toString() {
            return "InvitationView[" + id + "]";
        }
    }

    @GetMapping
    List<InvitationView> invitations(Caller caller) {
        caller.require(Role.ADMIN);
        return invitations.list().stream()
                .map(invitation -> InvitationView.of(invitation, null, null))
                .toList();
    }

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    InvitationView invite(Caller caller, @RequestBody NewInvitation wanted) {
        caller.require(Role.ADMIN);
        String note = wanted.note() == null ? "" : wanted.note().strip();
        if (note.length() > MAX_NOTE_LENGTH || note.indexOf('\0') >= 0) {
            throw FieldError.problem("note", "must have at most " + MAX_NOTE_LENGTH + " characters");
        }
        int uses = bounded("uses", wanted.uses(), 1, MAX_USES);
        int days = bounded("expiresInDays", wanted.expiresInDays(), USUAL_DAYS, MAX_DAYS);
        Invitations.Made made = invitations.make(caller.id(), note, uses, Duration.ofDays(days));
        return InvitationView.of(made.invitation(), made.code(), made.url());
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void withdraw(Caller caller, @PathVariable UUID id) {
        caller.require(Role.ADMIN);
        if (!invitations.withdraw(caller.id(), id)) {
            throw new OrielException(ErrorCode.NOT_FOUND, "There is no such invitation.");
        }
    }

    private static int bounded(String field, @Nullable Integer wanted, int usual, int max) {
        int value = wanted == null ? usual : wanted;
        if (value < 1 || value > max) {
            throw FieldError.problem(field, "must be 1 to " + max);
        }
        return value;
    }
}
