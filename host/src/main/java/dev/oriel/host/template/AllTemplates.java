package dev.oriel.host.template;

import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.vm.TemplateName;
import java.util.List;
import java.util.Optional;

/** Several libraries as one; the first that has a template of a name gives it. */
public record AllTemplates(List<TemplateLibrary> libraries) implements TemplateLibrary {
    public AllTemplates {
        libraries = List.copyOf(libraries);
    }

    @Override
    public List<TemplateStatus> statuses() {
        return libraries.stream()
                .flatMap(library -> library.statuses().stream())
                .toList();
    }

    @Override
    public Optional<ReadyTemplate> ready(TemplateName name) {
        return libraries.stream()
                .flatMap(library -> library.ready(name).stream())
                .findFirst();
    }
}
