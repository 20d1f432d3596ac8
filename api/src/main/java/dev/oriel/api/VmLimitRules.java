package dev.oriel.api;

import dev.oriel.core.config.ConfigException;
import dev.oriel.core.config.Settings;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How long VMs may run and stay, by template: {@code oriel.vm-limits}, a list like {@code *:idle=2h;keep=30d,
 * desktop:lifetime=8h}. What a template's own entry does not say, the entry {@code *} says.
 *
 * @param pauseAfter {@code oriel.pause-unwatched-after}: when nobody has watched it for so long, a VM whose owner wants
 *     that is paused
 * @param suspendAfter {@code oriel.suspend-unwatched-after}: as long, until it is suspended
 */
public record VmLimitRules(Map<String, Limits> byTemplate, Duration pauseAfter, Duration suspendAfter) {
    private static final String KEY = "oriel.vm-limits";
    private static final String ANY = "*";

    /**
     * What is absent has no limit.
     *
     * @param lifetime a VM is stopped this long after its start
     * @param idle a VM is stopped when nobody has watched it for this long
     * @param keep a VM is deleted when it has not run for this long
     */
    public record Limits(Optional<Duration> lifetime, Optional<Duration> idle, Optional<Duration> keep) {
        static final Limits NONE = new Limits(Optional.empty(), Optional.empty(), Optional.empty());

        Limits or(Limits others) {
            return new Limits(lifetime.or(others::lifetime), idle.or(others::idle), keep.or(others::keep));
        }

        private Limits with(String name, Duration value) {
            return switch (name) {
                case "lifetime" -> new Limits(Optional.of(value), idle, keep);
                case "idle" -> new Limits(lifetime, Optional.of(value), keep);
                case "keep" -> new Limits(lifetime, idle, Optional.of(value));
                default ->
                    throw new ConfigException("setting " + KEY + " knows lifetime, idle and keep, not '" + name + "'");
            };
        }
    }

    public VmLimitRules {
        byTemplate = Map.copyOf(byTemplate);
    }

    /** @throws ConfigException when the list cannot be read */
    static VmLimitRules from(Settings settings) {
        Map<String, Limits> rules = new HashMap<>();
        for (String entry : settings.list(KEY)) {
            int colon = entry.indexOf(':');
            if (colon < 1) {
                throw new ConfigException("setting " + KEY + " is a list like *:idle=2h;keep=30d,desktop:lifetime=8h");
            }
            rules.put(entry.substring(0, colon), limits(entry.substring(colon + 1)));
        }
        return new VmLimitRules(
                rules,
                settings.duration("oriel.pause-unwatched-after", Duration.ofSeconds(15)),
                settings.duration("oriel.suspend-unwatched-after", Duration.ofMinutes(2)));
    }

    /** The limits of VMs of {@code template}. */
    public Limits of(String template) {
        return byTemplate.getOrDefault(template, Limits.NONE).or(byTemplate.getOrDefault(ANY, Limits.NONE));
    }

    private static Limits limits(String text) {
        Limits limits = Limits.NONE;
        for (String part : List.of(text.split(";"))) {
            int equals = part.indexOf('=');
            String name = equals < 0 ? part.strip() : part.substring(0, equals).strip();
            String value = equals < 0 ? "nothing" : part.substring(equals + 1).strip();
            Duration limit = new Settings(Map.of(KEY, value)).duration(KEY, Duration.ZERO);
            if (limit.isNegative() || limit.isZero()) {
                throw new ConfigException("setting " + KEY + ": " + name + " must be longer than nothing");
            }
            limits = limits.with(name, limit);
        }
        return limits;
    }
}
