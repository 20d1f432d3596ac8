package dev.oriel.api.auth;

import dev.oriel.api.account.Accounts;
import dev.oriel.api.account.Caller;
import dev.oriel.api.auth.OidcProvider.Attempt;
import dev.oriel.api.limit.RateLimits;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /auth/oidc/link}: an account with a password may also be signed in to at the OpenID provider. Beginning it needs
 * the password, and the second factor where there is one: a forgotten open browser is not enough for a way in that stays.
 */
@RestController
@RequestMapping("/auth/oidc/link")
class OidcLinkResource {
    private final OidcProvider provider;
    private final OidcAttempts attempts;
    private final OidcSignIn signIn;
    private final Accounts accounts;
    private final SecondFactor secondFactor;
    private final RateLimits limits;

    OidcLinkResource(
            OidcProvider provider,
            OidcAttempts attempts,
            OidcSignIn signIn,
            Accounts accounts,
            SecondFactor secondFactor,
            RateLimits limits) {
        this.provider = provider;
        this.attempts = attempts;
        this.signIn = signIn;
        this.accounts = accounts;
        this.secondFactor = secondFactor;
        this.limits = limits;
    }

    /**
     * How it stands.
     *
     * @param provider what the provider is called
     * @param since when it was linked, or the account made by it; null when it is not
     * @param password whether the account has one, without which the link cannot be ended
     */
    record LinkView(String provider, @Nullable Instant since, boolean password) {}

    /** The {@code code} is of the second factor, if the account has one. */
    record LinkProof(
            @NotNull(message = "is required") @Size(max = 1024, message = "is too long")
            String password,

            @Nullable @Size(max = 64, message = "is too long")
            String code) {
        @Override
        public String toString() {
            return "LinkProof";
        }
    }

    /** Where the browser is to go next. */
    record Destination(URI location) {}

    @GetMapping
    LinkView link(Caller caller) {
        return new LinkView(
                provider.config().name(),
                signIn.linkedSince(caller.id()).orElse(null),
                accounts.hasPassword(caller.id()));
    }

    @PostMapping
    Destination begin(
            Caller caller,
            @Valid @RequestBody LinkProof proof,
            HttpServletRequest request,
            HttpServletResponse response) {
        provider.config();
        check(caller, proof, request);
        Attempt attempt = attempts.begin("", caller.id().toString());
        URI address = provider.address(attempt);
        attempts.remember(attempt, response);
        return new Destination(address);
    }

    private void check(Caller caller, LinkProof proof, HttpServletRequest request) {
        String name = Accounts.nameKey(caller.username());
        limits.passwordAttempt(request, name);
        if (accounts.authenticate(caller.username(), proof.password()).isEmpty()) {
            throw new OrielException(ErrorCode.BAD_CREDENTIALS, "The password is wrong.");
        }
        limits.passwordWasRight(request, name);
        if (!secondFactor.isOn(caller.id())) {
            return;
        }
        String code = Optional.ofNullable(proof.code()).orElse("");
        if (code.isBlank()) {
            throw new OrielException(
                    ErrorCode.SECOND_FACTOR_REQUIRED, "This also needs a code of your authenticator app.");
        }
        limits.codeAttempt(caller.id());
        if (!secondFactor.use(caller.id(), code)) {
            throw new OrielException(ErrorCode.BAD_CREDENTIALS, "This code is wrong or was used before.");
        }
    }

    @DeleteMapping
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void end(Caller caller) {
        provider.config();
        if (!accounts.hasPassword(caller.id())) {
            throw new OrielException(
                    ErrorCode.STATE_CONFLICT, "This account has no password: nobody could sign in to it any more.");
        }
        signIn.unlink(caller.id());
    }
}
