package dev.oriel.api.vm;

import dev.oriel.api.account.Caller;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /vm/templates}: what VMs can be made from, over all hosts. */
@RestController
class TemplateResource {
    private final TemplateViews views;

    TemplateResource(TemplateViews views) {
        this.views = views;
    }

    @GetMapping("/vm/templates")
    List<TemplateView> list(Caller caller) {
        return views.visible(caller.id());
    }
}
