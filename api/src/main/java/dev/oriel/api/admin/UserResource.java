package dev.oriel.api.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.oriel.api.account.AccountAdmin;
import dev.oriel.api.account.AccountAdmin.Filter;
import dev.oriel.api.account.AccountAdmin.Issued;
import dev.oriel.api.account.AccountAdmin.Listed;
import dev.oriel.api.account.AccountChange;
import dev.oriel.api.account.Accounts;
import dev.oriel.api.account.Caller;
import dev.oriel.api.account.Quota;
import dev.oriel.api.account.QuotaKind;
import dev.oriel.api.account.Role;
import dev.oriel.api.account.Usage;
import dev.oriel.api.http.FieldError;
import dev.oriel.api.http.PageLink;
import dev.oriel.core.account.UserId;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
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

/** {@code /admin/users}: all accounts, for administrators. */
@RestController
@RequestMapping("/admin/users")
class UserResource {
    private static final int MAX_PAGE = 200;

    private final AccountAdmin admin;
    private final Accounts accounts;

    UserResource(AccountAdmin admin, Accounts accounts) {
        this.admin = admin;
        this.accounts = accounts;
    }

    /** An account in answers. */
    record UserView(
            UserId id,
            String username,
            @Nullable String email,
            Role role,
            boolean disabled,
            Instant createdAt,
            @Nullable Instant lastSeenAt,
            Quota quota,
            Usage usage) {}

    /** A new account; without a password one is made up, and is in the answer. */
    record NewUser(
            @NotNull(message = "is required") String username,
            @Nullable String password,
            @Nullable String email,
            @Nullable Role role) {
        @Override
        public String toString() {
            return "NewUser";
        }
    }

    /** An account and the password that was made up for it, which is not shown again. */
    record MadeUser(
            UserView user,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String password) {
        @Override
        public String toString() {
            return "MadeUser[" + user.id() + "]";
        }
    }

    /**
     * What to change; what is left out stays.
     *
     * @param quota limits by name; {@code null} goes back to the default
     */
    record UserChange(
            @Nullable Role role,
            @Nullable Boolean disabled,
            @Nullable Map<String, @Nullable Long> quota) {}

    /** A new password; without one it is made up. */
    record NewPassword(@Nullable String password) {
        @Override
        public String toString() {
            return "NewPassword";
        }
    }

    @GetMapping
    ResponseEntity<List<UserView>> users(
            Caller caller,
            @RequestParam(defaultValue = "50") int limit,
            @RequestParam(required = false) @Nullable String after,
            @RequestParam(required = false) @Nullable String q,
            @RequestParam(required = false) @Nullable String role,
            @RequestParam(required = false) @Nullable Boolean disabled) {
        caller.require(Role.ADMIN);
        PageLink.checked(limit, MAX_PAGE);
        Filter filter = new Filter(q == null ? "" : bounded(q), role(role), Optional.ofNullable(disabled));
        List<Listed> found = admin.page(filter, after == null ? "" : name(after), limit + 1);
        Map<String, @Nullable Object> parameters = new HashMap<>();
        parameters.put("q", q);
        parameters.put("role", role);
        parameters.put("disabled", disabled);
        ResponseEntity<List<Listed>> page =
                PageLink.page("/admin/users", found, limit, parameters, last -> cursor(AccountAdmin.cursor(last)));
        List<Listed> listed = page.getBody() == null ? List.of() : page.getBody();
        return ResponseEntity.ok()
                .headers(page.getHeaders())
                .body(listed.stream().map(this::view).toList());
    }

    @GetMapping("/{id}")
    UserView user(Caller caller, @PathVariable UserId id) {
        caller.require(Role.ADMIN);
        return view(admin.show(id));
    }

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    MadeUser make(Caller caller, @Valid @RequestBody NewUser wanted) {
        caller.require(Role.ADMIN);
        Role role = wanted.role() == null ? Role.USER : wanted.role();
        Issued issued = admin.make(caller.id(), wanted.username(), wanted.password(), wanted.email(), role);
        return new MadeUser(view(admin.show(issued.id())), issued.generated() ? issued.password() : null);
    }

    @PatchMapping("/{id}")
    UserView change(Caller caller, @PathVariable UserId id, @RequestBody UserChange wanted) {
        caller.require(Role.ADMIN);
        AccountChange change = new AccountChange(
                Optional.ofNullable(wanted.role()),
                Optional.ofNullable(wanted.disabled()),
                QuotaKind.parse(wanted.quota()));
        return view(admin.change(caller.id(), id, change));
    }

    @PostMapping("/{id}/password")
    MadeUser resetPassword(
            Caller caller, @PathVariable UserId id, @RequestBody(required = false) @Nullable NewPassword wanted) {
        caller.require(Role.ADMIN);
        Issued issued = admin.resetPassword(caller.id(), id, wanted == null ? null : wanted.password());
        return new MadeUser(view(admin.show(id)), issued.generated() ? issued.password() : null);
    }

    @DeleteMapping("/{id}/second-factor")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void removeSecondFactor(Caller caller, @PathVariable UserId id) {
        caller.require(Role.ADMIN);
        admin.removeSecondFactor(caller.id(), id);
    }

    private UserView view(Listed account) {
        return new UserView(
                account.id(),
                account.username(),
                account.email(),
                account.role(),
                account.disabled(),
                account.createdAt(),
                account.lastSeenAt(),
                accounts.quota(account.id()),
                accounts.usage(account.id()));
    }

    private static Optional<Role> role(@Nullable String slug) {
        try {
            return Optional.ofNullable(slug).map(Role::of);
        } catch (IllegalArgumentException e) {
            throw FieldError.problem("role", "must be user, operator or admin");
        }
    }

    private static String bounded(String text) {
        if (text.length() > 100 || text.indexOf('\0') >= 0) {
            throw FieldError.problem("q", "must have at most 100 characters");
        }
        return text;
    }

    private static String cursor(String name) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(name.getBytes(StandardCharsets.UTF_8));
    }

    private static String name(String cursor) {
        try {
            String name = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            if (name.indexOf('\0') < 0 && name.length() <= 200) {
                return name;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw FieldError.problem("after", "is not a place in this list: use the Link header as it is");
    }
}
