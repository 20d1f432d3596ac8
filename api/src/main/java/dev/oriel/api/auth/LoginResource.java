package dev.oriel.api.auth;

import dev.oriel.api.account.Caller;
import dev.oriel.core.account.LoginId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.time.Instant;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /auth/logins}: where one is signed in. */
@RestController
@RequestMapping("/auth/logins")
class LoginResource {
    private final Logins logins;

    LoginResource(Logins logins) {
        this.logins = logins;
    }

    /**
     * A login in answers.
     *
     * @param current whether this very request came with it
     * @param address where it began
     * @param agent what the browser or program called itself, as it said so
     */
    record LoginView(
            LoginId id,
            boolean current,
            String address,
            String agent,
            Instant createdAt,
            Instant lastUsedAt,
            Instant expiresAt) {}

    @GetMapping
    List<LoginView> list(Caller caller) {
        return logins.list(caller.id()).stream()
                .map(login -> new LoginView(
                        login.id(),
                        login.id().equals(caller.login()),
                        login.address(),
                        login.agent(),
                        login.createdAt(),
                        login.lastUsedAt(),
                        login.expiresAt()))
                .toList();
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void end(Caller caller, @PathVariable LoginId id) {
        if (!logins.endOwn(caller.id(), id, LoginStore.Kind.LOGIN)) {
            throw new OrielException(ErrorCode.NOT_FOUND, "There is no such login.");
        }
    }

    /** All but the one that this request came with. */
    @DeleteMapping
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void endOthers(Caller caller) {
        logins.endOthers(caller.id(), caller.login());
    }
}
