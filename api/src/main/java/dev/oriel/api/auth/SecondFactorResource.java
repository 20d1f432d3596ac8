package dev.oriel.api.auth;

import dev.oriel.api.account.Accounts;
import dev.oriel.api.account.Caller;
import dev.oriel.api.audit.Act;
import dev.oriel.api.audit.AuditLog;
import dev.oriel.api.limit.RateLimits;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /auth/second-factor}: codes of an authenticator app beside the password. */
@RestController
@RequestMapping("/auth/second-factor")
class SecondFactorResource {
    private final SecondFactor secondFactor;
    private final Accounts accounts;
    private final RateLimits limits;
    private final AuditLog audit;

    SecondFactorResource(SecondFactor secondFactor, Accounts accounts, RateLimits limits, AuditLog audit) {
        this.secondFactor = secondFactor;
        this.accounts = accounts;
        this.limits = limits;
        this.audit = audit;
    }

    /** Whether codes are asked for, and how many recovery codes are left. */
    record SecondFactorView(boolean on, int recoveryCodesLeft) {}

    record Proof(
            @NotNull(message = "is required") @Size(max = 1024, message = "is too long")
            String password) {
        @Override
        public String toString() {
            return "Proof";
        }
    }

    record Code(
            @NotNull(message = "is required") @Size(max = 64, message = "is too long")
            String code) {
        @Override
        public String toString() {
            return "Code";
        }
    }

    /** What the app is to be told: by hand, or as a picture of {@code uri} (SVG). */
    record SetupView(String secret, String uri, String svg) {
        @Override
        public String toString() {
            return "SetupView";
        }
    }

    /** Each works once instead of a code; shown only here. */
    record RecoveryCodes(List<String> recoveryCodes) {
        @Override
        public String toString() {
            return "RecoveryCodes";
        }
    }

    @GetMapping
    SecondFactorView secondFactor(Caller caller) {
        return new SecondFactorView(secondFactor.isOn(caller.id()), secondFactor.recoveryCodesLeft(caller.id()));
    }

    /** Begins, for whoever knows the password too: a forgotten open browser is not enough. */
    @PostMapping
    SetupView begin(Caller caller, @Valid @RequestBody Proof proof, HttpServletRequest request) {
        String name = Accounts.nameKey(caller.username());
        limits.passwordAttempt(request, name);
        if (accounts.authenticate(caller.username(), proof.password()).isEmpty()) {
            throw new OrielException(ErrorCode.BAD_CREDENTIALS, "The password is wrong.");
        }
        limits.passwordWasRight(request, name);
        SecondFactor.Setup setup = secondFactor.begin(caller.id(), caller.username());
        return new SetupView(setup.secret(), setup.uri(), QrPicture.svg(setup.uri()));
    }

    @PostMapping("/confirm")
    RecoveryCodes confirm(Caller caller, @Valid @RequestBody Code code) {
        limits.codeAttempt(caller.id());
        return new RecoveryCodes(secondFactor.confirm(caller.id(), code.code()));
    }

    @PostMapping("/off")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void off(Caller caller, @Valid @RequestBody Code code) {
        limits.codeAttempt(caller.id());
        if (!secondFactor.isOn(caller.id())) {
            throw new OrielException(ErrorCode.STATE_CONFLICT, "There is no second factor.");
        }
        if (!secondFactor.use(caller.id(), code.code())) {
            throw new OrielException(ErrorCode.BAD_CREDENTIALS, "This code is wrong or was used before.");
        }
        secondFactor.remove(caller.id());
        audit.record(Act.SECOND_FACTOR_REMOVED, caller.id(), "");
    }
}
