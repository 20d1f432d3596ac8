package dev.oriel.api.account;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.audit.Act;
import dev.oriel.api.audit.AuditLog;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Codes that let people make accounts while registration is by invitation: 100 random bits in letters that are hard to
 * mistake, good for some uses and some days. Only their hash is kept. Thread-safe.
 */
@Component
public class Invitations {
    private static final String LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    private static final int GROUPS = 4;
    private static final int GROUP_LENGTH = 5;

    private final SecureRandom random = new SecureRandom();
    private final InvitationStore store;
    private final AuditLog audit;
    private final Clock clock;
    private final ApiConfig config;

    Invitations(InvitationStore store, AuditLog audit, Clock clock, ApiConfig config) {
        this.store = store;
        this.audit = audit;
        this.clock = clock;
        this.config = config;
    }

    /** An invitation as administrators see it afterwards. */
    public record Invitation(UUID id, String note, Instant createdAt, Instant expiresAt, int uses, int maxUses) {}

    /**
     * A new invitation, the only time that its code is known.
     *
     * @param url the registration page with the code filled in; behind the {@code #}, which browsers keep to themselves
     */
    public record Made(Invitation invitation, String code, String url) {
        @Override
        public String toString() {
            return "Made[" + invitation + "]";
        }
    }

    /** Makes one. */
    public Made make(UserId maker, String note, int uses, Duration lifetime) {
        StringBuilder code = new StringBuilder();
        for (int i = 0; i < GROUPS * GROUP_LENGTH; i++) {
            code.append(i > 0 && i % GROUP_LENGTH == 0 ? "-" : "")
                    .append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        Invitation invitation = new Invitation(UUID.randomUUID(), note, now, now.plus(lifetime), 0, uses);
        store.insert(invitation, hash(code.toString()), maker);
        audit.record(Act.INVITATION_MADE, Optional.of(maker), Optional.empty(), note);
        return new Made(invitation, code.toString(), config.publicUrl() + "/pages/register#invitation=" + code);
    }

    /** Those that are good for something yet, newest first. */
    public List<Invitation> list() {
        return store.list(clock.instant());
    }

    /** False when there is none such. */
    public boolean withdraw(UserId actor, UUID id) {
        boolean gone = store.delete(id);
        if (gone) {
            audit.record(Act.INVITATION_WITHDRAWN, Optional.of(actor), Optional.empty(), "");
        }
        return gone;
    }

    /**
     * Uses up one use, in the transaction that makes the account.
     *
     * @throws OrielException registration-closed, for every reason alike
     */
    void redeem(@Nullable String code) {
        if (code == null || !store.use(hash(code), clock.instant())) {
            throw new OrielException(
                    ErrorCode.REGISTRATION_CLOSED, "Accounts are made by invitation here, and this is no good code.");
        }
    }

    private static String hash(String code) {
        String plain = code.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "");
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(plain.getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no SHA-256", e);
        }
    }
}
