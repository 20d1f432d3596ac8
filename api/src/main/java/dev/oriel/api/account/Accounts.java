package dev.oriel.api.account;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.audit.Act;
import dev.oriel.api.audit.AuditLog;
import dev.oriel.api.http.FieldError;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Making accounts and checking who they belong to. Thread-safe. */
@Component
@DependsOnDatabaseInitialization
public class Accounts implements InitializingBean {
    private static final Logger LOG = LoggerFactory.getLogger(Accounts.class);
    private static final String ADMIN = "admin";
    private static final String NAME_SHAPE =
            "must have 3 to 32 letters or digits, with dots, dashes and underscores inside";
    private static final String NO_PASSWORD = "";
    private static final int MAX_EMAIL_LENGTH = 254;

    private final AccountStore store;
    private final Passwords passwords;
    private final Invitations invitations;
    private final AuditLog audit;
    private final TransactionTemplate transactions;
    private final Quotas quotas;
    private final List<UsageSource> usageSources;
    private final ApiConfig config;

    Accounts(
            AccountStore store,
            Passwords passwords,
            Invitations invitations,
            AuditLog audit,
            TransactionTemplate transactions,
            Quotas quotas,
            List<UsageSource> usageSources,
            ApiConfig config) {
        this.store = store;
        this.passwords = passwords;
        this.invitations = invitations;
        this.audit = audit;
        this.transactions = transactions;
        this.quotas = quotas;
        this.usageSources = List.copyOf(usageSources);
        this.config = config;
    }

    /** The first start makes the account {@code admin}, if it was told a password for it. */
    @Override
    public void afterPropertiesSet() {
        if (config.adminPassword().isEmpty() || store.hasAdmin()) {
            return;
        }
        String hash = passwords.hash(config.adminPassword().get());
        if (store.insert(new Account(UserId.random(), ADMIN, Role.ADMIN, false, hash), null)) {
            LOG.info("Made the account {}", ADMIN);
        }
    }

    /**
     * Makes an account for somebody who asked for one.
     *
     * @param invitation the code of one, needed where registration is by invitation
     * @throws OrielException registration-closed, bad-request with the fields, or name-in-use
     */
    public Account register(String username, String password, @Nullable String email, @Nullable String invitation) {
        if (config.registration() == ApiConfig.Registration.CLOSED) {
            throw new OrielException(ErrorCode.REGISTRATION_CLOSED, "Accounts are made by an administrator here.");
        }
        boolean byInvitation = config.registration() == ApiConfig.Registration.INVITE;
        if (byInvitation && invitation == null) {
            invitations.redeem(null);
        }
        Account account = prepared(username, password, email, Role.USER);
        transactions.executeWithoutResult(status -> {
            if (byInvitation) {
                invitations.redeem(invitation);
            }
            insert(account, email);
            audit.record(Act.ACCOUNT_REGISTERED, account.id(), account.username());
        });
        return account;
    }

    /** Makes an account, whatever the rule for registration is; in the caller's transaction. */
    Account make(String username, String password, @Nullable String email, Role role) {
        Account account = prepared(username, password, email, role);
        insert(account, email);
        return account;
    }

    /**
     * Makes an account for somebody who signs in elsewhere, in the caller's transaction. No password signs in to it.
     *
     * @throws org.springframework.dao.DuplicateKeyException when the name is taken
     */
    public UserId makeWithoutPassword(String username, Optional<String> email) {
        Account account = new Account(UserId.random(), username, Role.USER, false, NO_PASSWORD);
        store.insertNew(account, email.orElse(null));
        audit.record(Act.ACCOUNT_REGISTERED, account.id(), account.username() + ", signs in elsewhere");
        return account.id();
    }

    private void insert(Account account, @Nullable String email) {
        if (!store.insert(account, email)) {
            throw new OrielException(ErrorCode.NAME_IN_USE, "Somebody has this user name already.");
        }
    }

    private Account prepared(String username, String password, @Nullable String email, Role role) {
        List<FieldError> errors = new ArrayList<>();
        Optional<String> name = Usernames.shown(username);
        if (name.isEmpty()) {
            errors.add(new FieldError("username", NAME_SHAPE));
        }
        PasswordRules.objection(password, Usernames.key(username))
                .ifPresent(objection -> errors.add(new FieldError("password", objection)));
        if (email != null && (email.length() > MAX_EMAIL_LENGTH || !email.matches("[^@\\s]+@[^@\\s]+"))) {
            errors.add(new FieldError("email", "is no e-mail address"));
        }
        if (name.isEmpty() || !errors.isEmpty()) {
            throw FieldError.problem(errors);
        }
        return new Account(UserId.random(), name.get(), role, false, passwords.hash(password));
    }

    /**
     * A name as it is shown, for whatever shares the names of accounts.
     *
     * @throws OrielException bad-request naming {@code field}
     */
    public static String checkedName(String field, String name) {
        return Usernames.shown(name).orElseThrow(() -> FieldError.problem(field, NAME_SHAPE));
    }

    /** What two spellings of one user name have in common. */
    public static String nameKey(String username) {
        return Usernames.key(username.length() > 128 ? username.substring(0, 128) : username);
    }

    /** The account with this name and password. Takes equally long for unknown names. */
    public Optional<Account> authenticate(String username, String password) {
        Optional<Account> account = store.findByName(nameKey(username))
                .filter(found -> !found.passwordHash().equals(NO_PASSWORD));
        if (account.isEmpty()) {
            passwords.matchesNobody(password);
            return Optional.empty();
        }
        boolean right = passwords.matches(password, account.get().passwordHash());
        return account.filter(found -> right && !found.disabled());
    }

    /**
     * Replaces the password of {@code caller}.
     *
     * @throws OrielException bad-credentials, or bad-request when the new one is not acceptable
     */
    public Account changePassword(Caller caller, String current, String next) {
        Account account = find(caller.id());
        if (account.passwordHash().equals(NO_PASSWORD)) {
            throw new OrielException(ErrorCode.STATE_CONFLICT, "You sign in elsewhere: there is no password here.");
        }
        if (!passwords.matches(current, account.passwordHash())) {
            throw new OrielException(ErrorCode.BAD_CREDENTIALS, "The current password is wrong.");
        }
        setPassword(account.id(), account.username(), next, "newPassword");
        audit.record(Act.PASSWORD_CHANGED, account.id(), "");
        return account;
    }

    /** Sets a password that {@code field} of a request asks for, if it is acceptable. */
    void setPassword(UserId id, String username, String password, String field) {
        PasswordRules.objection(password, Usernames.key(username)).ifPresent(objection -> {
            throw FieldError.problem(field, objection);
        });
        store.setPasswordHash(id, passwords.hash(password));
    }

    /** Notes a refused login; takes equally long whether there is such an account or not. */
    public void noteRefused(String username) {
        Optional<UserId> account = store.findByName(nameKey(username)).map(Account::id);
        audit.record(Act.LOGIN_REFUSED, Optional.empty(), account, "");
    }

    /**
     * The account with this id.
     *
     * @throws OrielException unauthenticated when it is gone
     */
    public Account find(UserId id) {
        return store.find(id)
                .orElseThrow(() -> new OrielException(ErrorCode.UNAUTHENTICATED, "This needs a valid login."));
    }

    /** Whether a password signs in to the account; else it is signed in to elsewhere. */
    public boolean hasPassword(UserId id) {
        return !find(id).passwordHash().equals(NO_PASSWORD);
    }

    /** The name of an account or team; empty when it is gone. */
    public Optional<String> nameOf(UserId id) {
        return store.find(id).map(Account::username);
    }

    /** What the account may have. */
    public Quota quota(UserId id) {
        return quotas.find(id).orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "No such account."));
    }

    /** What the account has now, over all parts of Oriel. */
    public Usage usage(UserId id) {
        return usageSources.stream().map(source -> source.usage(id)).reduce(Usage.NONE, Usage::plus);
    }
}
