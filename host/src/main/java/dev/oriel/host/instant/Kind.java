package dev.oriel.host.instant;

import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.template.TemplateLibrary;
import java.util.Optional;

/**
 * VMs that can start from the same frozen state, whatever their template's image is just now.
 *
 * @param other their hardware; empty: what the template says
 */
record Kind(TemplateName template, Optional<Hardware> other) {
    /** Hardware that somebody chose. */
    record Hardware(int cpus, Bytes memory, Bytes disk) {}

    /** Of VMs made without a word about their hardware. */
    static Kind usual(TemplateName template) {
        return new Kind(template, Optional.empty());
    }

    /** The one that a new VM is of; empty: no frozen state would do for it. */
    static Optional<Kind> of(VmSpec spec, TemplateLibrary templates) {
        if (!Shape.isPlain(spec)) {
            return Optional.empty();
        }
        Kind chosen = new Kind(spec.template(), Optional.of(new Hardware(spec.cpus(), spec.memory(), spec.disk())));
        return usual(spec.template())
                .shapeIn(templates)
                .map(usual -> usual.fits(spec) ? usual(spec.template()) : chosen);
    }

    boolean isUsual() {
        return other.isEmpty();
    }

    /** Of the memory that its frozen state takes, on disk and, once it was used, in memory. */
    long memoryBytes() {
        return other.map(hardware -> hardware.memory().value()).orElse(0L);
    }

    /** As a state of it would be made now; empty when there is nothing to make it from, or it is no other any more. */
    Optional<Shape> shapeIn(TemplateLibrary templates) {
        Optional<Shape> usual = templates.ready(template).flatMap(Shape::of);
        return other.isEmpty()
                ? usual
                : usual.flatMap(shape -> shape.with(other.get())).filter(shape -> !shape.equals(usual.get()));
    }
}
