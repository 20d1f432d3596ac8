package dev.oriel.host.sim;

import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import java.util.List;
import java.util.Optional;

/** The built-in templates as a simulated host has them: always ready. */
final class SimulatedTemplates {
    static final List<TemplateStatus> ALL = List.of(
            template("tiny", "Tiny Linux", "A shell prompt in seconds", 1, 128, 1),
            template("desktop", "Desktop", "A light desktop with a browser", 2, 1024, 8),
            template("blank", "Blank disk", "An empty disk to install from an ISO", 2, 2048, 20));

    private SimulatedTemplates() {}

    static boolean has(TemplateName name) {
        return ALL.stream().anyMatch(template -> template.name().equals(name));
    }

    private static TemplateStatus template(
            String name, String title, String description, int cpus, int memoryMiB, int diskGiB) {
        return new TemplateStatus(
                new TemplateName(name),
                title,
                description,
                cpus,
                Bytes.ofMiB(memoryMiB),
                Bytes.ofGiB(diskGiB),
                true,
                100,
                Optional.empty(),
                false,
                false,
                0,
                0);
    }
}
