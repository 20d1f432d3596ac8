package dev.oriel.host.sim;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.TemplateImport;
import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;

/** Templates as a simulated host has them: built-in and imported ones, always ready. Thread-safe. */
final class SimulatedTemplates {
    private static final List<TemplateStatus> BUILT_IN = List.of(
            template("tiny", "Tiny Linux", "A shell prompt in seconds", 1, 128, 1),
            template("desktop", "Desktop", "A light desktop with a browser", 2, 1024, 8),
            template("blank", "Blank disk", "An empty disk to install from an ISO", 2, 2048, 20));

    private static final TemplateName BLANK = new TemplateName("blank");

    private final Set<TemplateName> frozen = ConcurrentHashMap.newKeySet();
    private final Map<TemplateName, TemplateImport> imported =
            new ConcurrentSkipListMap<>(Comparator.comparing(TemplateName::value));

    boolean has(TemplateName name) {
        return all().stream().anyMatch(template -> template.name().equals(name));
    }

    List<TemplateStatus> all() {
        List<TemplateStatus> all = new ArrayList<>(BUILT_IN);
        imported.values().forEach(wish -> all.add(status(wish)));
        all.replaceAll(status -> frozen.contains(status.name()) ? status.frozen() : status);
        return all;
    }

    /** As {@link dev.oriel.core.host.HostApi#freezeTemplate}; done at once. */
    TemplateStatus freeze(TemplateName name) {
        TemplateStatus status = all().stream()
                .filter(template -> template.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new OrielException(ErrorCode.UNKNOWN_TEMPLATE, "this host has no such template"));
        if (name.equals(BLANK)) {
            throw new OrielException(ErrorCode.STATE_CONFLICT, "VMs of this template start from an empty disk");
        }
        frozen.add(name);
        return status.frozen();
    }

    /** As {@link dev.oriel.core.host.HostApi#importTemplate}; {@code images} says whether the source is there. */
    TemplateStatus take(TemplateImport wish, Predicate<ImageDigest> images) {
        if (!imported.containsKey(wish.name()) && !images.test(wish.source())) {
            throw new OrielException(ErrorCode.NOT_FOUND, "this host has not been given that image");
        }
        TemplateImport kept = imported.computeIfAbsent(wish.name(), _ -> wish);
        if (!kept.equals(wish)) {
            throw new OrielException(ErrorCode.STATE_CONFLICT, "this host has another template of that name");
        }
        return status(wish);
    }

    /** Whether one is made of this image. */
    boolean uses(ImageDigest digest) {
        return imported.values().stream().anyMatch(wish -> wish.source().equals(digest));
    }

    void drop(TemplateName name) {
        imported.remove(name);
        frozen.remove(name);
    }

    private static TemplateStatus status(TemplateImport wish) {
        return new TemplateStatus(
                wish.name(),
                wish.title(),
                wish.description(),
                wish.cpus(),
                wish.memory(),
                wish.disk(),
                true,
                100,
                Optional.empty(),
                false,
                false,
                0,
                0,
                List.of());
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
                0,
                List.of());
    }
}
