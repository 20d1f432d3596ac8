package dev.oriel.api.account;

import dev.oriel.api.audit.Act;
import dev.oriel.api.audit.AuditLog;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** What administrators do with other people's accounts. Callers have checked that they are. Thread-safe. */
@Component
public class AccountAdmin {
    private static final int PASSWORD_BYTES = 15;

    private final SecureRandom random = new SecureRandom();
    private final AccountAdminStore store;
    private final Accounts accounts;
    private final LoginEnd logins;
    private final SecondFactors secondFactors;
    private final AuditLog audit;
    private final TransactionTemplate transactions;

    AccountAdmin(
            AccountAdminStore store,
            Accounts accounts,
            LoginEnd logins,
            SecondFactors secondFactors,
            AuditLog audit,
            TransactionTemplate transactions) {
        this.store = store;
        this.accounts = accounts;
        this.logins = logins;
        this.secondFactors = secondFactors;
        this.audit = audit;
        this.transactions = transactions;
    }

    /** An account as administrators see it. */
    public record Listed(
            UserId id,
            String username,
            @Nullable String email,
            Role role,
            boolean disabled,
            Instant createdAt,
            @Nullable Instant lastSeenAt) {}

    /** Which accounts are wanted; an empty text matches all. */
    public record Filter(String text, Optional<Role> role, Optional<Boolean> disabled) {}

    /** Accounts by name, from behind the name {@code after}. */
    public List<Listed> page(Filter filter, String after, int limit) {
        return store.page(filter, Usernames.key(filter.text()), after, limit);
    }

    /** What {@link #page} continues behind. */
    public static String cursor(Listed last) {
        return Usernames.key(last.username());
    }

    /**
     * One account.
     *
     * @throws OrielException not-found
     */
    public Listed show(UserId id) {
        return store.find(id).orElseThrow(AccountAdmin::notFound);
    }

    /** A password to be told to somebody once; {@code generated} when nobody chose it. */
    public record Issued(UserId id, String password, boolean generated) {
        @Override
        public String toString() {
            return "Issued[" + id + "]";
        }
    }

    /**
     * Makes an account, whatever the rule for registration is.
     *
     * @throws OrielException bad-request with the fields, or name-in-use
     */
    public Issued make(UserId actor, String username, @Nullable String password, @Nullable String email, Role role) {
        String chosen = password == null ? fresh() : password;
        Account account = transactions.execute(status -> {
            Account made = accounts.make(username, chosen, email, role);
            audit.record(Act.ACCOUNT_MADE, Optional.of(actor), Optional.of(made.id()), role.slug());
            return made;
        });
        return new Issued(account.id(), chosen, password == null);
    }

    /**
     * Changes an account. Disabling ends all its logins and API tokens.
     *
     * @throws OrielException not-found, or state-conflict when nobody would be left to administrate
     */
    public Listed change(UserId actor, UserId id, AccountChange change) {
        transactions.executeWithoutResult(status -> {
            store.holdAdmins();
            if (!store.update(id, change)) {
                throw notFound();
            }
            if (!store.hasWorkingAdmin()) {
                throw new OrielException(
                        ErrorCode.STATE_CONFLICT,
                        "This is the last administrator who can sign in: make another first.");
            }
            audit.record(Act.ACCOUNT_CHANGED, Optional.of(actor), Optional.of(id), change.words());
        });
        if (change.disabled().orElse(false)) {
            logins.endEverything(id);
        }
        return show(id);
    }

    /** Sets limits of an account or team. In the caller's transaction. */
    public void setQuota(UserId id, Map<QuotaKind, OptionalLong> quota) {
        store.setQuota(id, quota);
    }

    /**
     * Gives an account a new password and ends all its logins and API tokens.
     *
     * @throws OrielException not-found, or bad-request when the wanted one is not acceptable
     */
    public Issued resetPassword(UserId actor, UserId id, @Nullable String wanted) {
        Listed account = show(id);
        String password = wanted == null ? fresh() : wanted;
        accounts.setPassword(id, account.username(), password, "password");
        logins.endEverything(id);
        audit.record(Act.PASSWORD_RESET, Optional.of(actor), Optional.of(id), "");
        return new Issued(id, password, wanted == null);
    }

    /**
     * Takes away the second factor of somebody who lost it.
     *
     * @throws OrielException not-found when there is no such account, or it has none
     */
    public void removeSecondFactor(UserId actor, UserId id) {
        show(id);
        if (!secondFactors.remove(id)) {
            throw new OrielException(ErrorCode.NOT_FOUND, "This account has no second factor.");
        }
        audit.record(Act.SECOND_FACTOR_REMOVED, Optional.of(actor), Optional.of(id), "");
    }

    private String fresh() {
        byte[] bytes = new byte[PASSWORD_BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static OrielException notFound() {
        return new OrielException(ErrorCode.NOT_FOUND, "There is no such account.");
    }
}
