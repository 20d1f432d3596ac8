package dev.oriel.api.auth;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.oriel.api.account.Account;
import dev.oriel.api.account.Accounts;
import dev.oriel.api.account.Caller;
import dev.oriel.api.account.Quota;
import dev.oriel.api.account.Role;
import dev.oriel.api.account.Usage;
import dev.oriel.api.http.ClientAddress;
import dev.oriel.api.http.Public;
import dev.oriel.api.limit.RateLimits;
import dev.oriel.core.account.LoginId;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /auth}: making an account, signing in and out. */
@RestController
@RequestMapping("/auth")
class AuthResource {
    private final Accounts accounts;
    private final Logins logins;
    private final Callers callers;
    private final RateLimits limits;
    private final ClientAddress addresses;
    private final AuthMetrics metrics;
    private final SecondFactor secondFactor;

    AuthResource(
            Accounts accounts,
            Logins logins,
            Callers callers,
            RateLimits limits,
            ClientAddress addresses,
            AuthMetrics metrics,
            SecondFactor secondFactor) {
        this.secondFactor = secondFactor;
        this.metrics = metrics;
        this.accounts = accounts;
        this.logins = logins;
        this.callers = callers;
        this.limits = limits;
        this.addresses = addresses;
    }

    /** The {@code invitation} is a code; needed where registration is by invitation. */
    record Registration(
            @NotNull(message = "is required") String username,
            @NotNull(message = "is required") String password,
            @Nullable String email,

            @Nullable @Size(max = 64, message = "is too long")
            String invitation) {
        @Override
        public String toString() {
            return "Registration";
        }
    }

    /** The {@code code} is of the second factor, if the account has one. */
    record Credentials(
            @NotNull(message = "is required") @Size(max = 256, message = "is too long")
            String username,

            @NotNull(message = "is required") @Size(max = 1024, message = "is too long")
            String password,

            @Nullable @Size(max = 64, message = "is too long")
            String code) {
        @Override
        public String toString() {
            return "Credentials";
        }
    }

    /** With {@code revokeTokens} the account's API tokens end too. */
    record PasswordChange(
            @NotNull(message = "is required") @Size(max = 1024, message = "is too long") @JsonAlias("oldPassword")
            String currentPassword,

            @NotNull(message = "is required") String newPassword,

            @Nullable Boolean revokeTokens) {
        @Override
        public String toString() {
            return "PasswordChange";
        }
    }

    /** Somebody who has just signed in; the token only for programs, which say so by {@code Accept}. */
    record SignedIn(
            UserId id,
            String username,
            Role role,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String accessToken,

            Instant accessTokenExpiresAt) {
        @Override
        public String toString() {
            return "SignedIn[" + id + "]";
        }
    }

    record Me(UserId id, String username, Role role, Quota quota, Usage usage) {}

    @Public
    @PostMapping("/register")
    @ResponseStatus(HttpStatus.CREATED)
    SignedIn register(
            @Valid @RequestBody Registration wanted, HttpServletRequest request, HttpServletResponse response) {
        limits.registration(request);
        Account account = accounts.register(wanted.username(), wanted.password(), wanted.email(), wanted.invitation());
        metrics.registered();
        return signIn(account, request, response);
    }

    @Public
    @PostMapping("/login")
    SignedIn login(
            @Valid @RequestBody Credentials credentials, HttpServletRequest request, HttpServletResponse response) {
        String name = Accounts.nameKey(credentials.username());
        limits.passwordAttempt(request, name);
        Optional<Account> account = accounts.authenticate(credentials.username(), credentials.password());
        if (account.isEmpty()) {
            throw refused(credentials.username());
        }
        checkSecondFactor(account.get(), credentials, request);
        metrics.signedIn();
        limits.passwordWasRight(request, name);
        return signIn(account.get(), request, response);
    }

    /** The password was right: only now is told that there is a second factor. */
    private void checkSecondFactor(Account account, Credentials credentials, HttpServletRequest request) {
        if (!secondFactor.isOn(account.id())) {
            return;
        }
        if (credentials.code() == null || credentials.code().isBlank()) {
            limits.passwordWasRight(request, Accounts.nameKey(credentials.username()));
            throw new OrielException(
                    ErrorCode.SECOND_FACTOR_REQUIRED, "This account also needs a code of its authenticator app.");
        }
        limits.codeAttempt(account.id());
        if (!secondFactor.use(account.id(), credentials.code())) {
            throw refused(credentials.username());
        }
    }

    private OrielException refused(String username) {
        metrics.refused();
        accounts.noteRefused(username);
        return new OrielException(ErrorCode.BAD_CREDENTIALS, "There is no account with this name and password.");
    }

    /** Not counted before its token is known to be ours: a forged one is 401, however often it comes. */
    @Public(rateLimited = false)
    @PostMapping("/refresh")
    SignedIn refresh(HttpServletRequest request, HttpServletResponse response) {
        String token = AuthCookies.refresh(request).orElseThrow(Logins::unauthenticated);
        if (logins.loginOf(token).isPresent()) {
            limits.request(request, response, null);
        }
        try {
            Logins.Tokens tokens = logins.refresh(token);
            return signedIn(accounts.find(tokens.user()), tokens, request, response);
        } catch (OrielException e) {
            if (e.code() == ErrorCode.UNAUTHENTICATED) {
                AuthCookies.clear(response);
            }
            throw e;
        }
    }

    @Public
    @PostMapping("/logout")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void logout(HttpServletRequest request, HttpServletResponse response) {
        Optional<String> refresh = AuthCookies.refresh(request);
        boolean anyCookie = refresh.isPresent() || AuthCookies.access(request).isPresent();
        boolean byBearer = Callers.bearer(request) != null;
        Optional<LoginId> login = callers.find(request).map(Caller::login);
        if (login.isEmpty() && !anyCookie) {
            throw Logins.unauthenticated();
        }
        login.ifPresent(logins::end);
        if (!byBearer) {
            refresh.flatMap(logins::loginOf).ifPresent(logins::end);
            AuthCookies.clear(response);
        }
    }

    @AnyToken
    @GetMapping("/me")
    Me me(Caller caller) {
        return new Me(
                caller.id(),
                caller.username(),
                caller.role(),
                accounts.quota(caller.id()),
                accounts.usage(caller.id()));
    }

    /** Ends all logins of the account, and starts a new one for whoever knew both passwords. */
    @PostMapping("/password")
    SignedIn password(
            @Valid @RequestBody PasswordChange change,
            Caller caller,
            HttpServletRequest request,
            HttpServletResponse response) {
        String name = Accounts.nameKey(caller.username());
        limits.passwordAttempt(request, name);
        Account account = accounts.changePassword(caller, change.currentPassword(), change.newPassword());
        limits.passwordWasRight(request, name);
        logins.endAll(account.id(), Boolean.TRUE.equals(change.revokeTokens()));
        return signIn(account, request, response);
    }

    private SignedIn signIn(Account account, HttpServletRequest request, HttpServletResponse response) {
        String agent =
                Optional.ofNullable(request.getHeader(HttpHeaders.USER_AGENT)).orElse("");
        return signedIn(account, logins.start(account.id(), addresses.of(request), agent), request, response);
    }

    private static SignedIn signedIn(
            Account account, Logins.Tokens tokens, HttpServletRequest request, HttpServletResponse response) {
        AuthCookies.set(response, tokens);
        String accept =
                Optional.ofNullable(request.getHeader(HttpHeaders.ACCEPT)).orElse("");
        boolean program = accept.toLowerCase(Locale.ROOT).contains(MediaType.APPLICATION_JSON_VALUE);
        return new SignedIn(
                account.id(),
                account.username(),
                account.role(),
                program ? tokens.access() : null,
                tokens.accessExpiresAt());
    }
}
