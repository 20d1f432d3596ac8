package dev.oriel.api.vm;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.oriel.core.host.ShapeStatus;
import dev.oriel.core.host.TemplateStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A template in answers.
 *
 * @param progress of its build in percent
 * @param step what its build does now, or why it failed
 * @param shapes other hardware that VMs of it were made with lately, and whether such VMs start at once
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
        List<ShapeView> shapes,
        String visibility,
        @Nullable Integer version) {
    /** Clones that wait to be handed out. */
    record PoolView(int ready, int target) {}

    /**
     * Hardware other than the template's own.
     *
     * @param instant whether VMs with it start from frozen running state
     * @param step what is being done for that, or why nothing can be
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    record ShapeView(
            int cpus,
            int memoryMiB,
            int diskGiB,
            boolean instant,
            @Nullable String step) {
        private static ShapeView of(ShapeStatus status) {
            return new ShapeView(
                    status.cpus(),
                    status.memory().toMiB(),
                    status.disk().toGiB(),
                    status.instant(),
                    status.step().orElse(null));
        }
    }

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
                status.shapes().stream().map(ShapeView::of).toList(),
                visibility,
                version);
    }
}
