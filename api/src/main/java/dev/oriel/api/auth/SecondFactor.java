package dev.oriel.api.auth;

import com.eatthepath.otp.TimeBasedOneTimePasswordGenerator;
import dev.oriel.api.account.Seal;
import dev.oriel.api.account.SecondFactors;
import dev.oriel.api.audit.Act;
import dev.oriel.api.audit.AuditLog;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * A second factor beside the password: codes of an authenticator app (TOTP, RFC 6238: SHA-1, 6 digits, 30 s, as all apps
 * know it; one step early or late is fine), each of which works once; or one of ten recovery codes. Thread-safe.
 */
@Component
@DependsOnDatabaseInitialization
class SecondFactor implements SecondFactors, InitializingBean {
    private static final Logger LOG = LoggerFactory.getLogger(SecondFactor.class);
    private static final int SECRET_BYTES = 20;
    private static final int RECOVERY_CODES = 10;
    private static final int RECOVERY_BYTES = 10;
    private static final String DIGITS = "\\d{6}";

    private final SecureRandom random = new SecureRandom();
    private final TimeBasedOneTimePasswordGenerator generator = new TimeBasedOneTimePasswordGenerator();
    private final SecondFactorStore store;
    private final Seal seal;
    private final AuditLog audit;
    private final TransactionTemplate transactions;
    private final Clock clock;

    SecondFactor(SecondFactorStore store, Seal seal, AuditLog audit, TransactionTemplate transactions, Clock clock) {
        this.seal = seal;
        this.store = store;
        this.audit = audit;
        this.transactions = transactions;
        this.clock = clock;
    }

    /**
     * A secret that an app is to be told.
     *
     * @param uri for a QR code
     */
    record Setup(String secret, String uri) {
        @Override
        public String toString() {
            return "Setup";
        }
    }

    boolean isOn(UserId user) {
        return store.find(user).map(SecondFactorStore.Row::confirmed).orElse(false);
    }

    int recoveryCodesLeft(UserId user) {
        return store.recoveryCodes(user);
    }

    /**
     * Makes a secret. Nothing is asked for at logins until {@link #confirm}.
     *
     * @throws OrielException state-conflict when there is a second factor already
     */
    Setup begin(UserId user, String username) {
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        if (!store.begin(user, seal.seal(purpose(user), secret))) {
            throw new OrielException(ErrorCode.STATE_CONFLICT, "There is a second factor already: remove it first.");
        }
        String text = Base32.encode(secret);
        String label =
                URLEncoder.encode("Oriel:" + username, StandardCharsets.UTF_8).replace("+", "%20");
        return new Setup(text, "otpauth://totp/" + label + "?secret=" + text + "&issuer=Oriel");
    }

    /**
     * Turns it on, by a first code that proves that the app has the secret.
     *
     * @return the recovery codes, the only time that they are known
     * @throws OrielException bad-credentials when the code is wrong, state-conflict when nothing is to be confirmed
     */
    List<String> confirm(UserId user, String code) {
        if (store.find(user).filter(row -> !row.confirmed()).isEmpty()) {
            throw new OrielException(ErrorCode.STATE_CONFLICT, "There is nothing to be confirmed.");
        }
        if (!useDigits(user, code)) {
            throw new OrielException(ErrorCode.BAD_CREDENTIALS, "This code is wrong or too old.");
        }
        List<String> codes = new ArrayList<>();
        for (int i = 0; i < RECOVERY_CODES; i++) {
            byte[] bytes = new byte[RECOVERY_BYTES];
            random.nextBytes(bytes);
            codes.add(Base32.encode(bytes).replaceAll("(.{4})(?!$)", "$1-"));
        }
        transactions.executeWithoutResult(status -> {
            store.confirm(user, codes.stream().map(SecondFactor::hash).toList(), clock.instant());
            audit.record(Act.SECOND_FACTOR_ADDED, user, "");
        });
        return List.copyOf(codes);
    }

    /** Whether the code is one of the app's or a recovery code; it is used up then. */
    boolean use(UserId user, String code) {
        return useDigits(user, code) || store.useRecovery(user, hash(code));
    }

    @Override
    public boolean remove(UserId user) {
        return store.remove(user);
    }

    private boolean useDigits(UserId user, String given) {
        String code = given.replace(" ", "");
        if (!code.matches(DIGITS)) {
            return false;
        }
        Optional<byte[]> known = store.find(user).flatMap(row -> opened(user, row.secret()));
        if (known.isEmpty()) {
            return false;
        }
        Instant now = clock.instant();
        for (int offset = -1; offset <= 1; offset++) {
            Instant at = now.plus(generator.getTimeStep().multipliedBy(offset));
            if (MessageDigest.isEqual(bytes(codeAt(known.get(), at)), bytes(code))) {
                return store.use(
                        user, at.toEpochMilli() / generator.getTimeStep().toMillis());
            }
        }
        return false;
    }

    private Optional<byte[]> opened(UserId user, String kept) {
        Optional<byte[]> secret = seal.open(purpose(user), kept);
        if (secret.isEmpty()) {
            LOG.error("The second factor of {} cannot be read: oriel.api.seal-key is another than it was", user);
        }
        return secret;
    }

    private static String purpose(UserId user) {
        return "second factor of " + user;
    }

    /** Secrets of the time before they were sealed. */
    @Override
    public void afterPropertiesSet() {
        store.unsealed()
                .forEach((user, secret) -> store.reseal(
                        user,
                        secret,
                        seal.seal(purpose(user), Base64.getDecoder().decode(secret))));
    }

    private String codeAt(byte[] secret, Instant at) {
        try {
            return generator.generateOneTimePasswordString(
                    new SecretKeySpec(secret, generator.getAlgorithm()), at, Locale.ROOT);
        } catch (InvalidKeyException e) {
            throw new IllegalStateException("this JDK has no HMAC-SHA1", e);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String hash(String code) {
        return TokenHash.of(code.toUpperCase(Locale.ROOT).replaceAll("[^A-Z2-7]", ""));
    }
}
