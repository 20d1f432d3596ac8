package dev.oriel.api.vm;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.oriel.core.host.TemplateStatus;
import org.jspecify.annotations.Nullable;

/**
 * A template in answers.
 *
 * @param progress of its build in percent
 * @param step what its build does now, or why it failed
 * @param visibility {@code built-in}, {@code public} (made by an administrator) or {@code private} (one's own)
 * @param version of one that somebody made; built-in ones have none
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record TemplateView(
        String name,
        String title,
        String description,
        int cpus,
        int memoryMiB,
        int diskGiB,
        boolean ready,
        int progress,
        @Nullable String step,
        boolean failed,
        boolean instant,
        PoolView pool,
        String visibility,
        @Nullable Integer version) {
    /** Clones that wait to be handed out. */
    record PoolView(int ready, int target) {}

    static TemplateView builtIn(TemplateStatus status) {
        return of(status, "built-in", null);
    }

    /** What a host says of it. */
    public static TemplateView of(TemplateStatus status, String visibility, @Nullable Integer version) {
        return new TemplateView(
                status.name().shown(),
                status.title(),
                status.description(),
                status.cpus(),
                status.memory().toMiB(),
                status.disk().toGiB(),
                status.ready(),
                status.progress(),
                status.step().orElse(null),
                status.failed(),
                status.instant(),
                new PoolView(status.poolReady(), status.poolTarget()),
                visibility,
                version);
    }
}
