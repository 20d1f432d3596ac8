package dev.oriel.api.session;

import dev.oriel.api.account.Caller;
import dev.oriel.api.account.Role;
import dev.oriel.api.audit.Act;
import dev.oriel.api.audit.AuditLog;
import dev.oriel.api.session.LiveVmStore.LiveVm;
import dev.oriel.core.console.SessionId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /sessions}: who uses which VM now. One's own; administrators see everybody's. */
@RestController
@RequestMapping("/sessions")
class SessionResource {
    private final Sessions sessions;
    private final AuditLog audit;

    SessionResource(Sessions sessions, AuditLog audit) {
        this.audit = audit;
        this.sessions = sessions;
    }

    /**
     * A session in answers.
     *
     * @param user the name of the account, {@code userId} its id
     * @param vm the VM's id
     */
    record SessionView(
            String id,
            String user,
            String userId,
            String vm,
            String template,
            VmState state,
            int viewers,
            Instant startedAt,
            Instant lastActiveAt) {
        static SessionView of(Sessions.Active active) {
            return new SessionView(
                    active.session().id().toString(),
                    active.vm().username(),
                    active.session().user().toString(),
                    active.vm().id().toString(),
                    new TemplateName(active.vm().template()).shown(),
                    active.vm().state(),
                    active.viewers(),
                    active.session().startedAt(),
                    active.session().lastActiveAt());
        }
    }

    @GetMapping
    List<SessionView> list(Caller caller, @RequestParam(required = false) @Nullable String user) {
        return sessions.of(visible(caller, user)).stream().map(SessionView::of).toList();
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void end(Caller caller, @PathVariable SessionId id) {
        Sessions.Active active = sessions.of(visible(caller, null)).stream()
                .filter(candidate -> candidate.session().id().equals(id))
                .findFirst()
                .orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "There is no such session."));
        sessions.end(active.session());
        audit.record(
                Act.SESSION_ENDED,
                Optional.of(caller.person()),
                Optional.of(active.session().user()),
                id + " of VM " + active.vm().id());
    }

    /** For anybody but an administrator another user's sessions are not there. */
    private List<LiveVm> visible(Caller caller, @Nullable String user) {
        if (caller.role() == Role.ADMIN) {
            return user == null ? sessions.vmsOfAll() : sessions.vmsOf(user);
        }
        boolean self = user == null
                || user.equals(caller.username())
                || user.equals(caller.id().toString());
        return self ? sessions.vmsOf(caller.id()) : List.of();
    }
}
