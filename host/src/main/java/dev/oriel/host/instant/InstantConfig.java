package dev.oriel.host.instant;

import dev.oriel.core.config.ConfigException;
import dev.oriel.core.config.Settings;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Settings of instant starts.
 *
 * @param enabled {@code oriel.host.instant}: freeze templates and start VMs from them
 * @param pool {@code oriel.host.pool}: warm clones to keep per template, {@code desktop=3,tiny=1} by default
 * @param poolMost {@code oriel.host.pool-most}: most of them per template while many VMs begin
 * @param poolMemory {@code oriel.host.pool-memory}: most bytes that all warm clones together may take
 * @param freezeLimit {@code oriel.host.freeze-limit}: how long a template may take to come up before it is frozen
 * @param freezeRest {@code oriel.host.freeze-rest}: how long a guest without an agent must have been at rest for that
 * @param shapes {@code oriel.host.shapes}: most frozen states of other hardware than their templates' own
 * @param shapesMemory {@code oriel.host.shapes-memory}: most bytes of memory that guests of these may have together
 * @param shapesDelay {@code oriel.host.shapes-delay}: how long after the first such VM its hardware is frozen
 */
public record InstantConfig(
        boolean enabled,
        Map<TemplateName, Integer> pool,
        int poolMost,
        Bytes poolMemory,
        Duration freezeLimit,
        Duration freezeRest,
        int shapes,
        Bytes shapesMemory,
        Duration shapesDelay) {
    private static final String PREFIX = "oriel.host.";
    private static final int MAX_POOL = 32;
    private static final List<String> DEFAULT_POOL = List.of("desktop=3", "tiny=1");

    /** Reads them. */
    public static InstantConfig from(Settings settings) {
        return new InstantConfig(
                settings.flag(PREFIX + "instant", true),
                pool(settings.find(PREFIX + "pool").isPresent() ? settings.list(PREFIX + "pool") : DEFAULT_POOL),
                settings.integer(PREFIX + "pool-most", 8),
                new Bytes(settings.number(PREFIX + "pool-memory", 1L << 30)),
                settings.duration(PREFIX + "freeze-limit", Duration.ofMinutes(10)),
                settings.duration(PREFIX + "freeze-rest", Duration.ofSeconds(8)),
                settings.integer(PREFIX + "shapes", 4),
                new Bytes(settings.number(PREFIX + "shapes-memory", 8L << 30)),
                settings.duration(PREFIX + "shapes-delay", Duration.ofSeconds(30)));
    }

    /**
     * How many warm clones of a template to keep.
     *
     * @param begun how many VMs of it have begun lately
     */
    int poolFor(TemplateName template, int begun) {
        Integer least = pool.get(template);
        if (least != null && least == 0) {
            return 0;
        }
        return Math.max(least == null ? 0 : least, Math.min(begun, poolMost));
    }

    private static Map<TemplateName, Integer> pool(List<String> entries) {
        Map<TemplateName, Integer> pool = new LinkedHashMap<>();
        for (String entry : entries) {
            int equals = entry.indexOf('=');
            try {
                int size = Integer.parseInt(entry.substring(equals + 1).strip());
                if (size < 0 || size > MAX_POOL) {
                    throw new IllegalArgumentException("out of range");
                }
                pool.put(
                        new TemplateName(entry.substring(0, Math.max(0, equals)).strip()), size);
            } catch (IllegalArgumentException e) {
                throw new ConfigException("setting " + PREFIX + "pool must be like desktop=3,tiny=1 with 0 to "
                        + MAX_POOL + " clones each, not '" + entry + "'");
            }
        }
        return Map.copyOf(pool);
    }
}
