package dev.oriel.api.account;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Which passwords are acceptable: long enough to be worth hashing, and none that everybody tries first. Pure. */
final class PasswordRules {
    static final int MIN_BYTES = 8;
    static final int MAX_BYTES = 128;

    private static final Set<String> COMMON = common();

    private PasswordRules() {}

    /** What is wrong with {@code password} for the account {@code usernameKey}; empty when it is fine. */
    static Optional<String> objection(String password, String usernameKey) {
        int bytes = password.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < MIN_BYTES || bytes > MAX_BYTES) {
            return Optional.of("must have " + MIN_BYTES + " to " + MAX_BYTES + " bytes");
        }
        String folded = password.toLowerCase(Locale.ROOT);
        if (COMMON.contains(folded) || folded.chars().distinct().count() < 3) {
            return Optional.of("is one that everybody tries first");
        }
        if (folded.equals(usernameKey)) {
            return Optional.of("must differ from the user name");
        }
        return Optional.empty();
    }

    private static Set<String> common() {
        try (InputStream in = PasswordRules.class.getResourceAsStream("common-passwords.txt")) {
            if (in == null) {
                throw new IllegalStateException("common-passwords.txt is missing beside " + PasswordRules.class);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .collect(Collectors.toUnmodifiableSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
