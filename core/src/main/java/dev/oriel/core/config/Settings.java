package dev.oriel.core.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * A typed view of flat settings ({@code oriel.host.max-vms} → {@code 64}), made from {@code oriel.yaml} and {@code
 * ORIEL_*} variables by the app. Every config record reads its keys from here; {@link #refuseUnknown()} then stops
 * start-up on a key that nobody asked for, with the nearest known one. Not thread-safe: used at start-up only.
 */
public final class Settings {
    private static final int MIN_SECRET_LENGTH = 32;

    private final Map<String, String> values;
    private final Map<String, String> environment;
    private final Set<String> known = new TreeSet<>();

    public Settings(Map<String, String> values) {
        this(values, Map.of());
    }

    /** A variable in {@code environment} ({@link #environmentName}) goes before the same key in {@code values}. */
    public Settings(Map<String, String> values, Map<String, String> environment) {
        this.values = Map.copyOf(values);
        this.environment = Map.copyOf(environment);
    }

    public Optional<String> find(String key) {
        known.add(key);
        return Optional.ofNullable(environment.get(environmentName(key)))
                .or(() -> Optional.ofNullable(values.get(key)))
                .filter(value -> !value.isBlank());
    }

    public String text(String key) {
        return find(key)
                .orElseThrow(() -> new ConfigException(
                        "setting " + key + " is missing: set it in oriel.yaml or as " + environmentName(key)));
    }

    public String text(String key, String fallback) {
        return find(key).orElse(fallback);
    }

    public int integer(String key, int fallback) {
        return parsed(key, "a whole number", Integer::valueOf).orElse(fallback);
    }

    public long number(String key, long fallback) {
        return parsed(key, "a whole number", Long::valueOf).orElse(fallback);
    }

    public boolean flag(String key, boolean fallback) {
        return parsed(key, "true or false", Settings::parseFlag).orElse(fallback);
    }

    /** A {@link Duration} in ISO form ({@code PT30S}) or as {@code 30s}, {@code 5m}, {@code 2h}, {@code 7d}. */
    public Duration duration(String key, Duration fallback) {
        return parsed(key, "a duration like 30s, 5m, 2h or 7d", Settings::parseDuration)
                .orElse(fallback);
    }

    public Path path(String key) {
        return Path.of(text(key)).toAbsolutePath();
    }

    /** A list written with commas; empty when the key is not set. */
    public List<String> list(String key) {
        return find(key)
                .map(text -> Arrays.stream(text.split(",", -1))
                        .map(String::strip)
                        .filter(part -> !part.isEmpty())
                        .toList())
                .orElse(List.of());
    }

    /** A secret of at least 32 characters: a missing, short or default one refuses to start. */
    public String secret(String key) {
        String value = text(key);
        if (value.length() < MIN_SECRET_LENGTH || new HashSet<>(Arrays.asList(value.split(""))).size() < 8) {
            throw new ConfigException(
                    "setting " + key
                            + " is too weak for a secret: use at least 32 random characters, like the output of: openssl rand -hex 32");
        }
        return value;
    }

    /** Stops on the first key or variable that no config record has asked for. */
    public void refuseUnknown() {
        refuseUnknown("setting", values.keySet(), known);
        refuseUnknown(
                "variable",
                environment.keySet(),
                known.stream().map(Settings::environmentName).toList());
    }

    private static void refuseUnknown(String what, Collection<String> given, Collection<String> known) {
        given.stream().sorted().filter(key -> !known.contains(key)).findFirst().ifPresent(key -> {
            String nearest = known.stream()
                    .min(Comparator.comparingInt(candidate -> distance(candidate, key)))
                    .map(candidate -> "; did you mean " + candidate + "?")
                    .orElse("");
            throw new ConfigException("unknown " + what + " " + key + nearest);
        });
    }

    /** {@code oriel.host.max-vms} → {@code ORIEL_HOST_MAX_VMS}. */
    public static String environmentName(String key) {
        return key.toUpperCase(java.util.Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    private <T> Optional<T> parsed(String key, String expected, Function<String, T> parser) {
        return find(key).map(text -> {
            try {
                return parser.apply(text);
            } catch (RuntimeException e) {
                throw new ConfigException("setting " + key + " must be " + expected + ", not '" + text + "'");
            }
        });
    }

    private static Boolean parseFlag(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(text);
        };
    }

    private static Duration parseDuration(String text) {
        if (text.startsWith("P")) {
            return Duration.parse(text);
        }
        return Duration.parse(text.endsWith("d") ? "P" + text : "PT" + text);
    }

    /** Levenshtein's edit distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        Arrays.setAll(row, i -> i);
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substitute = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substitute, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
