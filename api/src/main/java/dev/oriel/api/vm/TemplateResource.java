package dev.oriel.api.vm;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.oriel.api.account.Caller;
import dev.oriel.api.host.Hosts;
import dev.oriel.core.host.TemplateStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /vm/templates}: what VMs can be made from, over all hosts. */
@RestController
class TemplateResource {
    private final Hosts hosts;

    TemplateResource(Hosts hosts) {
        this.hosts = hosts;
    }

    /** Clones that wait to be handed out. */
    record PoolView(int ready, int target) {}

    /**
     * A template in answers.
     *
     * @param progress of its build in percent
     * @param step what its build does now, or why it failed
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    record TemplateView(
            String name,
            String title,
            String description,
            int cpus,
            int memoryMiB,
            int diskGiB,
            boolean ready,
            int progress,
            @Nullable String step,
            boolean failed,
            boolean instant,
            PoolView pool) {
        static TemplateView of(TemplateStatus status) {
            return new TemplateView(
                    status.name().value(),
                    status.title(),
                    status.description(),
                    status.cpus(),
                    status.memory().toMiB(),
                    status.disk().toGiB(),
                    status.ready(),
                    status.progress(),
                    status.step().orElse(null),
                    status.failed(),
                    status.instant(),
                    new PoolView(status.poolReady(), status.poolTarget()));
        }
    }

    @GetMapping("/vm/templates")
    List<TemplateView> list(Caller caller) {
        return hosts.templates().stream().map(TemplateView::of).toList();
    }
}
