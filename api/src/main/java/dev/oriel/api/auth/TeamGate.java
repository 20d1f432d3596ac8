package dev.oriel.api.auth;

import dev.oriel.api.account.Caller;
import dev.oriel.api.account.Delegation;
import dev.oriel.api.account.TeamRole;
import dev.oriel.api.http.FieldError;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.vm.VmId;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.util.UriComponentsBuilder;

/**
 * Lets members act for their teams, in one place for all controllers: {@code ?team=ID} says so for whatever can belong
 * to a team, and a route below {@code /vm/{id}} is about the team that owns this VM. The controller then sees the team
 * as the caller, so that every query by owner holds for teams too. A team that is not the caller's is not there.
 * Thread-safe.
 */
@Component
class TeamGate {
    static final String PARAMETER = "team";

    /** What teams can have; in other packages everything is a person's own. */
    private static final Set<String> FEATURES =
            Set.of("vm", "disc", "template", "snapshot", "usage", "hook", "session", "share", "recording", "upload");

    private static final Pattern OF_VM = Pattern.compile("/vm/\\{(\\w+)}(/.*)?");
    private static final String CONSOLE = "/vm/{id}/console";

    private final Delegation delegation;
    private final LiveLogins logins;

    TeamGate(Delegation delegation, LiveLogins logins) {
        this.delegation = delegation;
        this.logins = logins;
    }

    /**
     * The caller, acting for whom this request is about.
     *
     * @throws OrielException not-found for a team of others, forbidden when the caller may only look
     */
    Caller acting(Caller caller, HttpServletRequest request, HandlerMethod method, boolean changes) {
        String wanted = wanted(request);
        boolean open = FEATURES.contains(TokenScopes.feature(method.getBeanType()));
        if (wanted != null && !open) {
            return caller;
        }
        if (wanted == null && caller.teams().isEmpty()) {
            return caller;
        }
        String pattern = String.valueOf(request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE));
        Caller acting = wanted == null ? byVm(caller, pattern, request) : byTeam(caller, wanted);
        // Who may only look opens consoles, too: such that only look.
        if (changes && !acting.mayChange() && !pattern.equals(CONSOLE)) {
            throw new OrielException(ErrorCode.FORBIDDEN, "You may look at what this team has, and change nothing.");
        }
        return acting;
    }

    /** Of the address alone: asking for parameters could read an upload's body. */
    private static @Nullable String wanted(HttpServletRequest request) {
        String query = request.getQueryString();
        return query == null || !query.contains(PARAMETER)
                ? null
                : UriComponentsBuilder.newInstance()
                        .query(query)
                        .build()
                        .getQueryParams()
                        .getFirst(PARAMETER);
    }

    private Caller byTeam(Caller caller, String wanted) {
        UserId team = parsed(wanted);
        TeamRole role = delegation
                .role(caller.person(), team)
                .orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "There is no such team."));
        if (caller.teams().isEmpty()) {
            // A team's first moments: the next request, about one of its VMs, is not to wait for a second.
            logins.refresh(caller.login());
        }
        return caller.actingFor(team, role);
    }

    private Caller byVm(Caller caller, String pattern, HttpServletRequest request) {
        Matcher ofVm = OF_VM.matcher(pattern);
        return ofVm.matches()
                ? vm(request, ofVm.group(1))
                        .flatMap(vm -> delegation.owning(caller.person(), vm))
                        .map(acting -> caller.actingFor(acting.team(), acting.role()))
                        .orElse(caller)
                : caller;
    }

    private static Optional<VmId> vm(HttpServletRequest request, String variable) {
        Object variables = request.getAttribute(HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE);
        @Nullable Object value = variables instanceof Map<?, ?> map ? map.get(variable) : null;
        try {
            return Optional.ofNullable(value).map(String::valueOf).map(VmId::of);
        } catch (IllegalArgumentException e) {
            // The controller answers as for any other id that is none.
            return Optional.empty();
        }
    }

    private static UserId parsed(String text) {
        try {
            return UserId.of(text);
        } catch (IllegalArgumentException e) {
            throw FieldError.problem(PARAMETER, "must be a team's id");
        }
    }
}
