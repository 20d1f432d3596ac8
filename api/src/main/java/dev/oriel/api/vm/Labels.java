package dev.oriel.api.vm;

import dev.oriel.api.http.FieldError;
import dev.oriel.core.json.OrielJson;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What an owner marks a VM with, like {@code env: prod}; in the order of the words. Immutable. */
record Labels(Map<String, String> all) {
    static final Labels NONE = new Labels(Map.of());

    private static final int MAX = 32;
    private static final int MAX_VALUE = 63;
    private static final Pattern WORD = Pattern.compile("[a-z0-9]([a-z0-9._/-]{0,61}[a-z0-9])?");
    private static final String SHAPE = "is up to " + MAX + " words (1 to 63 lower-case letters, digits, dots, dashes,"
            + " underscores, slashes) with values of up to " + MAX_VALUE + " characters";

    Labels {
        all = Collections.unmodifiableMap(new TreeMap<>(all));
    }

    /**
     * Labels as they stand in a request.
     *
     * @throws dev.oriel.core.error.OrielException bad-request
     */
    static Labels checked(Map<String, @Nullable String> wanted) {
        Map<String, String> good = new TreeMap<>();
        wanted.forEach((word, value) -> {
            if (value == null || !fits(word, value)) {
                throw FieldError.problem("labels", SHAPE);
            }
            good.put(word, value);
        });
        if (good.size() > MAX) {
            throw FieldError.problem("labels", SHAPE);
        }
        return good.isEmpty() ? NONE : new Labels(good);
    }

    private static boolean fits(String word, String value) {
        return WORD.matcher(word).matches()
                && value.length() <= MAX_VALUE
                && value.chars().noneMatch(Character::isISOControl);
    }

    /** Reads what {@link #json} wrote. */
    static Labels read(String json) {
        if (json.equals("{}")) {
            return NONE;
        }
        Map<String, String> all = new TreeMap<>();
        OrielJson.mapper()
                .readTree(json)
                .properties()
                .forEach(one -> all.put(one.getKey(), one.getValue().asString()));
        return new Labels(all);
    }

    /** The form in the database. */
    String json() {
        return all.isEmpty() ? "{}" : OrielJson.mapper().writeValueAsString(all);
    }

    /**
     * Which labels a list asks for.
     *
     * @param values words with the value they must have, {@code words} those that only must be there
     */
    record Wanted(Labels values, List<String> words) {
        static final Wanted ANY = new Wanted(NONE, List.of());

        Wanted {
            words = List.copyOf(words);
        }

        /** Reads {@code env=prod,team}; commas between them. */
        static Wanted of(@Nullable String text) {
            if (text == null) {
                return ANY;
            }
            Map<String, @Nullable String> values = new TreeMap<>();
            List<String> words = new ArrayList<>();
            for (String part : text.split(",", -1)) {
                int equals = part.indexOf('=');
                String word = equals < 0 ? part : part.substring(0, equals);
                if (!WORD.matcher(word).matches()) {
                    throw FieldError.problem(
                            "label", "must be like env=prod, or env; several with commas between them");
                }
                if (equals < 0) {
                    words.add(word);
                } else {
                    values.put(word, part.substring(equals + 1));
                }
            }
            return new Wanted(checked(values), words);
        }
    }
}
