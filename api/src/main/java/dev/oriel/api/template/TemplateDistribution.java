package dev.oriel.api.template;

import dev.oriel.api.host.Host;
import dev.oriel.api.host.Hosts;
import dev.oriel.api.loop.Loop;
import dev.oriel.api.loop.LoopOwner;
import dev.oriel.api.loop.Nudge;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.vm.TemplateName;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Brings every template to every host and takes away what is not wanted any more, again and again until both agree: a
 * host that was away, is new or lost its disk gets what it lacks without anybody doing anything. One loop per host.
 */
@Component
class TemplateDistribution extends LoopOwner {
    private static final Logger LOG = LoggerFactory.getLogger(TemplateDistribution.class);
    private static final Duration INTERVAL = Duration.ofSeconds(10);
    /** An image is kept before its template is written down. */
    private static final Duration SWEEP_AGE = Duration.ofMinutes(10);

    private final TemplateStore store;
    private final TemplateImages images;
    private final Clock clock;
    private final Map<Host, Nudge> nudges;
    private final Nudge sweeper = new Nudge();

    TemplateDistribution(TemplateStore store, TemplateImages images, Hosts hosts, Clock clock) {
        this.store = store;
        this.images = images;
        this.clock = clock;
        this.nudges = hosts.all().stream().collect(Collectors.toMap(Function.identity(), _ -> new Nudge()));
    }

    /** Something has changed: do not wait for the next look. */
    void wake() {
        nudges.values().forEach(Nudge::wake);
    }

    /** One look at one host. */
    void settle(Host host) {
        List<OwnTemplate> wanted = store.all();
        Map<TemplateName, TemplateStatus> there = host.api().templates().stream()
                .filter(status -> status.name().isImported())
                .collect(Collectors.toMap(TemplateStatus::name, Function.identity()));
        for (OwnTemplate template : wanted) {
            TemplateStatus status = there.remove(template.name());
            // One that is not ready may have lost what it is made of: the host says so when it is told again.
            if (status == null || !(status.ready() || status.failed())) {
                bring(host, template);
            }
        }
        there.keySet().forEach(name -> drop(host, name));
    }

    private void bring(Host host, OwnTemplate template) {
        try {
            host.api().importTemplate(template.wish());
        } catch (OrielException e) {
            if (e.code() != ErrorCode.NOT_FOUND) {
                throw e;
            }
            give(host, template);
            host.api().importTemplate(template.wish());
        }
    }

    private void give(Host host, OwnTemplate template) {
        LOG.info("Host {} gets the image of template {}", host.name(), template.name());
        try (InputStream content = Files.newInputStream(images.file(template.source()))) {
            host.api().putImage(template.source(), template.sourceSize(), content);
        } catch (IOException e) {
            throw new OrielException(ErrorCode.BAD_IMAGE, "The image of a template cannot be read.", e);
        }
    }

    /** A VM that is just being deleted may still hold it: the next look tries again. */
    private static void drop(Host host, TemplateName name) {
        try {
            host.api().dropTemplate(name);
        } catch (OrielException e) {
            LOG.debug("Host {} still needs template {}", host.name(), name, e);
        }
    }

    private void tidy() {
        store.deleteReplaced();
        images.sweep(clock.instant().minus(SWEEP_AGE), store::uses);
    }

    @Override
    protected List<Loop> startLoops() {
        List<Loop> started = new ArrayList<>();
        nudges.forEach((host, nudge) -> started.add(Loop.start("templates-to-" + host.name(), () -> {
            settle(host);
            nudge.await(INTERVAL);
        })));
        started.add(Loop.start("template-tidying", () -> {
            tidy();
            sweeper.await(INTERVAL.multipliedBy(6));
        }));
        return List.copyOf(started);
    }
}
