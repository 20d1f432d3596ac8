package dev.oriel.host.template;

import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.vm.TemplateName;
import java.util.List;
import java.util.Optional;

/** The templates of this host, as VMs are made from them. Thread-safe; answers at once, never waits for a build. */
public interface TemplateLibrary {
    /** Every known template, ready or not, in the order users see them. */
    List<TemplateStatus> statuses();

    /** The template when VMs can be made from it now; empty when unknown, still building or failed. */
    Optional<ReadyTemplate> ready(TemplateName name);
}
