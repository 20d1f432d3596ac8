package dev.oriel.api.account;

import dev.oriel.api.ApiConfig;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.stereotype.Component;

/**
 * Seals what must be read again but not by whoever gets hold of the database or a cookie: AES-256-GCM under {@code
 * oriel.api.seal-key}, bound to what it is for, so that nothing sealed can be put elsewhere. Thread-safe.
 */
@Component
public class Seal {
    private static final String MARK = "v1.";
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecureRandom random = new SecureRandom();
    private final SecretKeySpec key;

    Seal(ApiConfig config) {
        this.key = new SecretKeySpec(sha256(config.keys().seal()), "AES");
    }

    /** Whether a text is one of ours. */
    public static boolean isSealed(String text) {
        return text.startsWith(MARK);
    }

    /** Seals {@code plain} for {@code purpose}: a word and whose it is. */
    public String seal(String purpose, byte[] plain) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        byte[] sealed = run(Cipher.ENCRYPT_MODE, purpose, nonce, plain)
                .orElseThrow(() -> new IllegalStateException("this JDK has no AES-GCM"));
        byte[] all = ByteBuffer.allocate(NONCE_BYTES + sealed.length)
                .put(nonce)
                .put(sealed)
                .array();
        return MARK + Base64.getUrlEncoder().withoutPadding().encodeToString(all);
    }

    /** What was sealed for this very purpose; empty when it was not, or not with our key. */
    public Optional<byte[]> open(String purpose, String text) {
        if (!isSealed(text)) {
            return Optional.empty();
        }
        try {
            byte[] all = Base64.getUrlDecoder().decode(text.substring(MARK.length()));
            return all.length <= NONCE_BYTES
                    ? Optional.empty()
                    : run(
                            Cipher.DECRYPT_MODE,
                            purpose,
                            Arrays.copyOf(all, NONCE_BYTES),
                            Arrays.copyOfRange(all, NONCE_BYTES, all.length));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private Optional<byte[]> run(int mode, String purpose, byte[] nonce, byte[] input) {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(purpose.getBytes(StandardCharsets.UTF_8));
            return Optional.of(cipher.doFinal(input));
        } catch (GeneralSecurityException e) {
            return Optional.empty();
        }
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no SHA-256", e);
        }
    }
}
