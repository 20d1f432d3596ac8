package dev.oriel.host.template;

import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.vm.TemplateName;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Several libraries as one; the first that has a template of a name gives it.
 *
 * @param networks what the operator wants instead of what a template says
 */
public record AllTemplates(List<TemplateLibrary> libraries, Map<TemplateName, GuestNetwork> networks)
        implements TemplateLibrary {
    public AllTemplates {
        libraries = List.copyOf(libraries);
        networks = Map.copyOf(networks);
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
                .findFirst()
                .map(found -> found.in(networks.getOrDefault(name, found.network())));
    }
}
