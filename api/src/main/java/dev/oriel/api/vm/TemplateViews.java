package dev.oriel.api.vm;

import dev.oriel.api.host.Hosts;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.TemplateStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** What each user sees of the templates: the built-in ones, everybody's, and their own. Thread-safe. */
@Component
public class TemplateViews {
    private final Hosts hosts;
    private final ObjectProvider<TemplateCatalog> catalog;

    TemplateViews(Hosts hosts, ObjectProvider<TemplateCatalog> catalog) {
        this.hosts = hosts;
        this.catalog = catalog;
    }

    public List<TemplateView> visible(UserId owner) {
        List<TemplateStatus> statuses = hosts.templates();
        List<TemplateView> views = new ArrayList<>();
        statuses.stream()
                .filter(status -> !status.name().isImported())
                .forEach(status -> views.add(TemplateView.builtIn(status)));
        catalog.stream()
                .flatMap(found -> found.visible(owner).stream())
                .forEach(listed -> views.add(view(listed, statuses)));
        return views;
    }

    /** As the hosts have it now. */
    public TemplateView of(TemplateCatalog.Listed listed) {
        return view(listed, hosts.templates());
    }

    /** What the hosts say of the template that {@code owner} means by this name. */
    public TemplateStatus status(UserId owner, String name) {
        List<TemplateStatus> statuses = hosts.templates();
        return statuses.stream()
                .filter(status ->
                        !status.name().isImported() && status.name().value().equals(name))
                .findFirst()
                .or(() -> catalog.stream()
                        .flatMap(found -> found.find(owner, name).stream())
                        .findFirst()
                        .map(listed -> status(listed, statuses)))
                .orElseThrow(
                        () -> new OrielException(ErrorCode.UNKNOWN_TEMPLATE, "There is no template of this name."));
    }

    private static TemplateView view(TemplateCatalog.Listed listed, List<TemplateStatus> statuses) {
        return TemplateView.of(status(listed, statuses), listed.visibility(), listed.version());
    }

    private static TemplateStatus status(TemplateCatalog.Listed listed, List<TemplateStatus> statuses) {
        return statuses.stream()
                .filter(status -> status.name().equals(listed.name()))
                .findFirst()
                .orElseGet(() -> new TemplateStatus(
                        listed.name(),
                        listed.title(),
                        listed.description(),
                        listed.cpus(),
                        listed.memory(),
                        listed.disk(),
                        false,
                        0,
                        Optional.of(
                                listed.doing().map(TemplateCatalog.Doing::step).orElse("on its way to the hosts")),
                        listed.doing().filter(TemplateCatalog.Doing::failed).isPresent(),
                        false,
                        0,
                        0,
                        List.of()));
    }
}
