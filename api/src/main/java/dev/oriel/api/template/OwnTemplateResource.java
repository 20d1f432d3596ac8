package dev.oriel.api.template;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.account.Caller;
import dev.oriel.api.vm.TemplateView;
import dev.oriel.api.vm.TemplateViews;
import java.net.URI;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /vm/templates}: making templates of uploaded disks, and deleting them. */
@RestController
@RequestMapping("/vm/templates")
class OwnTemplateResource {
    private final OwnTemplates templates;
    private final TemplateViews views;
    private final Freezing freezing;

    OwnTemplateResource(OwnTemplates templates, TemplateViews views, Freezing freezing) {
        this.templates = templates;
        this.freezing = freezing;
        this.views = views;
    }

    @PostMapping
    ResponseEntity<TemplateView> create(Caller caller, @RequestBody NewTemplate body) {
        TemplateView made = views.of(templates.create(caller, body));
        return ResponseEntity.created(URI.create(ApiConfig.PUBLIC_PREFIX + "/vm/templates/" + made.name()))
                .body(made);
    }

    @PostMapping("/{name}/freeze")
    ResponseEntity<TemplateView> freeze(Caller caller, @PathVariable String name) {
        return ResponseEntity.accepted().body(freezing.freeze(caller, name));
    }

    @DeleteMapping("/{name}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void delete(Caller caller, @PathVariable String name) {
        templates.delete(caller, name);
    }
}
