package dev.oriel.api.account;

import java.text.Normalizer;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** What user names look like, and when two of them are the same. Pure. */
final class Usernames {
    /** Letters and digits of any script, with marks, dots, dashes and underscores inside. */
    private static final Pattern SHAPE = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N}\\p{M}._-]*");

    private static final int MIN_LENGTH = 3;
    private static final int MAX_LENGTH = 32;
    private static final int MAX_RAW_LENGTH = 128;

    private Usernames() {}

    /** The name as it is shown: NFKC, so that look-alike forms of the same letters are one. Empty: not a name. */
    static Optional<String> shown(String raw) {
        if (raw.length() > MAX_RAW_LENGTH) {
            return Optional.empty();
        }
        String name = Normalizer.normalize(raw, Normalizer.Form.NFKC);
        int length = name.codePointCount(0, name.length());
        boolean good = length >= MIN_LENGTH
                && length <= MAX_LENGTH
                && SHAPE.matcher(name).matches();
        return good ? Optional.of(name) : Optional.empty();
    }

    /** What must be unique: the name without its case. */
    static String key(String name) {
        // Upper first: that is where ß becomes SS and all sigmas become one.
        String folded = Normalizer.normalize(name, Normalizer.Form.NFKC)
                .toUpperCase(Locale.ROOT)
                .toLowerCase(Locale.ROOT);
        return Normalizer.normalize(folded, Normalizer.Form.NFKC);
    }
}
