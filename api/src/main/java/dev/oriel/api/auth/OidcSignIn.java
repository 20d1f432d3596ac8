package dev.oriel.api.auth;

import dev.oriel.api.account.Account;
import dev.oriel.api.account.Accounts;
import dev.oriel.api.audit.Act;
import dev.oriel.api.audit.AuditLog;
import dev.oriel.api.auth.OidcProvider.Identity;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.text.Normalizer;
import java.time.Instant;
import java.util.Optional;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Whose account belongs to somebody at the OpenID provider: the one made at the first sign-in, or linked by its
 * owner. What the provider calls
 * people is no proof of anything: a name that is taken here gets a number, and never the account behind it. Thread-safe.
 */
@Component
class OidcSignIn {
    private static final int MAX_TRIES = 50;
    private static final int MIN_NAME = 3;
    private static final int MAX_NAME = 26;
    private static final String NAMELESS = "guest";

    private final OidcProvider provider;
    private final OidcStore store;
    private final Accounts accounts;
    private final AuditLog audit;
    private final TransactionTemplate transactions;

    OidcSignIn(
            OidcProvider provider,
            OidcStore store,
            Accounts accounts,
            AuditLog audit,
            TransactionTemplate transactions) {
        this.audit = audit;
        this.provider = provider;
        this.store = store;
        this.accounts = accounts;
        this.transactions = transactions;
    }

    /**
     * The account of {@code identity}, made if there is none.
     *
     * @throws OrielException bad-credentials when it is disabled, registration-closed when none is made here
     */
    Account account(Identity identity) {
        Optional<UserId> known = store.find(identity.issuer(), identity.subject());
        if (known.isEmpty() && !provider.config().makesAccounts()) {
            throw new OrielException(ErrorCode.REGISTRATION_CLOSED, "Accounts are made by an administrator here.");
        }
        Account account = accounts.find(known.orElseGet(() -> make(identity)));
        if (account.disabled()) {
            throw new OrielException(ErrorCode.BAD_CREDENTIALS, "This account is disabled.");
        }
        return account;
    }

    /** Since when {@code user} may sign in at the provider; empty when not. */
    Optional<Instant> linkedSince(UserId user) {
        return store.since(user);
    }

    /**
     * Lets whoever is {@code identity} at the provider sign in as {@code user} from now on.
     *
     * @throws OrielException state-conflict when it signs in to another account already
     */
    void link(UserId user, Identity identity) {
        try {
            transactions.executeWithoutResult(_ -> {
                store.insert(identity.issuer(), identity.subject(), user);
                audit.record(Act.IDENTITY_LINKED, user, identity.issuer());
            });
        } catch (DuplicateKeyException e) {
            if (!store.find(identity.issuer(), identity.subject()).equals(Optional.of(user))) {
                throw new OrielException(ErrorCode.STATE_CONFLICT, "Another account is signed in to from there.", e);
            }
        }
    }

    /** Nobody signs in as {@code user} from elsewhere any more; what is open stays. */
    void unlink(UserId user) {
        transactions.executeWithoutResult(_ -> {
            if (store.delete(user)) {
                audit.record(Act.IDENTITY_UNLINKED, user, "");
            }
        });
    }

    private UserId make(Identity identity) {
        String name = identity.names().stream()
                .map(OidcSignIn::asName)
                .filter(text -> text.codePointCount(0, text.length()) >= MIN_NAME)
                .findFirst()
                .orElse(NAMELESS);
        for (int number = 1; number <= MAX_TRIES; number++) {
            String tried = number == 1 ? name : name + "-" + number;
            try {
                return java.util.Objects.requireNonNull(transactions.execute(_ -> {
                    UserId made = accounts.makeWithoutPassword(tried, identity.email());
                    store.insert(identity.issuer(), identity.subject(), made);
                    return made;
                }));
            } catch (DuplicateKeyException e) {
                // The name is taken, or the same person has just been made an account in another tab.
                Optional<UserId> meanwhile = store.find(identity.issuer(), identity.subject());
                if (meanwhile.isPresent()) {
                    return meanwhile.get();
                }
            }
        }
        throw new OrielException(ErrorCode.NAME_IN_USE, "Too many people are called " + name + " here.");
    }

    /**
     * {@code Ann Smith <ann.smith@example.org>} has to do without what names cannot have here. In the form in which names
     * are kept, so that no letter becomes several afterwards.
     */
    private static String asName(String given) {
        int at = given.indexOf('@');
        String plain = Normalizer.normalize(at > 0 ? given.substring(0, at) : given, Normalizer.Form.NFKC)
                .replaceAll("[^\\p{L}\\p{N}\\p{M}._-]+", "-")
                .replaceAll("^[\\p{M}._-]+|[._-]+$", "");
        return plain.codePointCount(0, plain.length()) > MAX_NAME
                ? plain.substring(0, plain.offsetByCodePoints(0, MAX_NAME))
                : plain;
    }
}
