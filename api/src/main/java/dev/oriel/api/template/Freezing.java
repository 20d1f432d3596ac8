package dev.oriel.api.template;

import dev.oriel.api.account.Caller;
import dev.oriel.api.account.Role;
import dev.oriel.api.host.Host;
import dev.oriel.api.host.Hosts;
import dev.oriel.api.vm.TemplateView;
import dev.oriel.api.vm.TemplateViews;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.vm.TemplateName;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Has the hosts make a template instant. Thread-safe. */
@Component
class Freezing {
    private final TemplateViews views;
    private final Hosts hosts;

    Freezing(TemplateViews views, Hosts hosts) {
        this.views = views;
        this.hosts = hosts;
    }

    /**
     * Asks every host that has it. For one's own templates, and for administrators.
     *
     * @throws OrielException what a host says against it, when none does it
     */
    TemplateView freeze(Caller caller, String shown) {
        TemplateView view = views.visible(caller.id()).stream()
                .filter(template -> template.name().equals(shown))
                .findFirst()
                .orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "There is no such template."));
        if (!view.visibility().equals("private")) {
            caller.require(Role.ADMIN);
        }
        TemplateName name = views.status(caller.id(), shown).name();
        Optional<TemplateStatus> done = Optional.empty();
        Optional<OrielException> refusal = Optional.empty();
        for (Host host : hosts.all()) {
            try {
                done = Optional.of(host.api().freezeTemplate(name));
            } catch (OrielException e) {
                refusal = Optional.of(e);
            }
        }
        if (done.isEmpty() && refusal.isPresent()) {
            throw refusal.get();
        }
        return done.map(status -> TemplateView.of(status, view.visibility(), view.version()))
                .orElse(view);
    }
}
