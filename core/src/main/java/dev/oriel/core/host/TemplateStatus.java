package dev.oriel.core.host;

import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A template as one host has it.
 *
 * @param ready whether VMs can be made from it now
 * @param progress of its build, 0 to 100; 100 when ready
 * @param step what the build does now, in a few words; or why it failed
 * @param failed whether the build gave up (it is tried again at the next start)
 * @param instant whether VMs start from frozen running state
 * @param poolReady warm clones waiting, of {@code poolTarget}
 * @param shapes other hardware that VMs were made with lately; none when a host does not say
 */
public record TemplateStatus(
        TemplateName name,
        String title,
        String description,
        int cpus,
        Bytes memory,
        Bytes disk,
        boolean ready,
        int progress,
        Optional<String> step,
        boolean failed,
        boolean instant,
        int poolReady,
        int poolTarget,
        List<ShapeStatus> shapes) {
    public TemplateStatus {
        shapes = orNone(shapes);
    }

    private static List<ShapeStatus> orNone(@Nullable List<ShapeStatus> shapes) {
        return shapes == null ? List.of() : List.copyOf(shapes);
    }

    /** The same, once VMs start from frozen running state. */
    public TemplateStatus frozen() {
        return new TemplateStatus(
                name,
                title,
                description,
                cpus,
                memory,
                disk,
                ready,
                progress,
                step,
                failed,
                true,
                poolReady,
                poolTarget,
                shapes);
    }
}
