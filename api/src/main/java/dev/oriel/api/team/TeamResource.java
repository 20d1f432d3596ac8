package dev.oriel.api.team;

import dev.oriel.api.account.Accounts;
import dev.oriel.api.account.Caller;
import dev.oriel.api.account.Quota;
import dev.oriel.api.account.QuotaKind;
import dev.oriel.api.account.TeamRole;
import dev.oriel.api.account.Usage;
import dev.oriel.core.account.UserId;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /teams}: those one belongs to. What a team has is reached by {@code ?team=ID} on the routes of VMs and files. */
@RestController
@RequestMapping("/teams")
class TeamResource {
    private final Teams teams;
    private final Accounts accounts;

    TeamResource(Teams teams, Accounts accounts) {
        this.teams = teams;
        this.accounts = accounts;
    }

    /**
     * A team in answers.
     *
     * @param role of whoever asks
     */
    record TeamView(
            UserId id,
            String name,
            @Nullable TeamRole role,
            int members,
            Instant createdAt,
            Quota quota,
            Usage usage) {}

    /** A new team; its manager is whoever makes it, or the account of this name. */
    record NewTeam(
            @NotNull(message = "is required") String name,
            @Nullable String manager) {}

    /**
     * What to change; what is left out stays.
     *
     * @param quota limits by name; {@code null} goes back to the default. For administrators
     */
    record TeamChange(@Nullable String name, @Nullable Map<String, @Nullable Long> quota) {}

    /** Somebody who is to belong to the team, or to have another role in it. */
    record NewMember(
            @NotNull(message = "is required") String username,
            @NotNull(message = "is required") TeamRole role) {}

    /** A member in answers. */
    record MemberView(UserId id, String username, TeamRole role, Instant since) {
        static MemberView of(Team.Member member) {
            return new MemberView(member.id(), member.username(), member.role(), member.since());
        }
    }

    @GetMapping
    List<TeamView> teams(Caller caller, @RequestParam(defaultValue = "false") boolean all) {
        return teams.list(caller, all).stream().map(this::view).toList();
    }

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    TeamView make(Caller caller, @Valid @RequestBody NewTeam wanted) {
        return view(teams.make(caller, wanted.name(), Optional.ofNullable(wanted.manager())));
    }

    @GetMapping("/{id}")
    TeamView team(Caller caller, @PathVariable UserId id) {
        return view(teams.show(caller, id));
    }

    @PatchMapping("/{id}")
    TeamView change(Caller caller, @PathVariable UserId id, @RequestBody TeamChange wanted) {
        return view(teams.change(caller, id, Optional.ofNullable(wanted.name()), QuotaKind.parse(wanted.quota())));
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void delete(Caller caller, @PathVariable UserId id) {
        teams.delete(caller, id);
    }

    @GetMapping("/{id}/members")
    List<MemberView> members(Caller caller, @PathVariable UserId id) {
        return teams.members(caller, id).stream().map(MemberView::of).toList();
    }

    @PostMapping("/{id}/members")
    MemberView put(Caller caller, @PathVariable UserId id, @Valid @RequestBody NewMember wanted) {
        return MemberView.of(teams.put(caller, id, wanted.username(), wanted.role()));
    }

    @DeleteMapping("/{id}/members/{user}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void remove(Caller caller, @PathVariable UserId id, @PathVariable UserId user) {
        teams.remove(caller, id, user);
    }

    private TeamView view(Team team) {
        return new TeamView(
                team.id(),
                team.name(),
                team.role().orElse(null),
                team.members(),
                team.createdAt(),
                accounts.quota(team.id()),
                accounts.usage(team.id()));
    }
}
