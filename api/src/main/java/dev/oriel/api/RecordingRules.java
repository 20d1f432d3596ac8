package dev.oriel.api;

import dev.oriel.core.config.ConfigException;
import dev.oriel.core.config.Settings;
import dev.oriel.core.unit.Bytes;
import java.time.Duration;
import java.util.Set;

/**
 * How consoles are recorded.
 *
 * @param templates whose VMs are always recorded, from start to stop: {@code oriel.recordings.templates}
 * @param size the most of one recording: {@code oriel.recordings.max-mib}
 * @param length the most of one recording: {@code oriel.recordings.max-length}
 * @param kept how long after its end: {@code oriel.recordings.keep}
 */
public record RecordingRules(Set<String> templates, Bytes size, Duration length, Duration kept) {
    private static final int USUAL_MIB = 2048;

    public RecordingRules {
        templates = Set.copyOf(templates);
        if (size.value() < 1 << 20 || length.isNegative() || length.isZero() || kept.isNegative()) {
            throw new ConfigException(
                    "settings oriel.recordings.max-mib, max-length and keep must be positive, and one MiB at least");
        }
    }

    static RecordingRules from(Settings settings) {
        return new RecordingRules(
                Set.copyOf(settings.list("oriel.recordings.templates")),
                Bytes.ofMiB(settings.integer("oriel.recordings.max-mib", USUAL_MIB)),
                settings.duration("oriel.recordings.max-length", Duration.ofHours(4)),
                settings.duration("oriel.recordings.keep", Duration.ofDays(30)));
    }
}
