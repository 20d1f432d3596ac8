package dev.oriel.api.template;

import dev.oriel.api.host.Host;
import dev.oriel.api.host.Hosts;
import dev.oriel.api.loop.Loop;
import dev.oriel.api.loop.LoopOwner;
import dev.oriel.api.loop.Nudge;
import dev.oriel.api.snapshot.Snapshots;
import dev.oriel.api.vm.SnapshotSource;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.SnapshotImage;
import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.image.inspect.ImageVerdict;
import dev.oriel.core.vm.TemplateName;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Copies the disks that are to become templates from their hosts, one at a time in each replica. Every step can be done
 * again: a copy that was cut short is begun anew by whoever finds the lease run out, and the template appears in the
 * transaction that ends its publication.
 */
@Component
class Publisher extends LoopOwner {
    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);
    private static final Duration LOOK = Duration.ofSeconds(2);
    private static final Duration RENEW = Duration.ofSeconds(20);
    private static final Duration AGAIN = Duration.ofSeconds(2);
    private static final int MAX_TRIES = 30;
    private static final Set<ErrorCode> PASSING =
            Set.of(ErrorCode.HOST_UNREACHABLE, ErrorCode.UNAVAILABLE, ErrorCode.SHUTTING_DOWN, ErrorCode.NO_CAPACITY);

    private final PublicationStore store;
    private final TemplateStore templates;
    private final TemplateImages images;
    private final TemplateDistribution distribution;
    private final Snapshots snapshots;
    private final Hosts hosts;
    private final TransactionTemplate transactions;
    private final Nudge news = new Nudge();
    private final Nudge pause = new Nudge();
    private volatile Optional<UUID> current = Optional.empty();

    Publisher(
            PublicationStore store,
            TemplateStore templates,
            TemplateImages images,
            TemplateDistribution distribution,
            Snapshots snapshots,
            Hosts hosts,
            TransactionTemplate transactions) {
        this.store = store;
        this.templates = templates;
        this.images = images;
        this.distribution = distribution;
        this.snapshots = snapshots;
        this.hosts = hosts;
        this.transactions = transactions;
    }

    /** There is something to do. */
    void wake() {
        news.wake();
    }

    @Override
    protected List<Loop> startLoops() {
        return List.of(Loop.start("template-publisher", this::step), Loop.start("template-publisher-lease", () -> {
            pause.await(RENEW);
            current.ifPresent(store::renew);
        }));
    }

    private void step() throws InterruptedException {
        Optional<Publication> next = store.claim();
        if (next.isEmpty()) {
            news.await(LOOK);
            return;
        }
        current = next.map(Publication::id);
        try {
            workOn(next.get());
        } finally {
            current = Optional.empty();
        }
    }

    private void workOn(Publication wanted) {
        try {
            if (wanted.state() == Publication.State.WANTED) {
                publish(wanted);
            }
            tidy(wanted);
        } catch (OrielException e) {
            if (PASSING.contains(e.code()) && !store.wasTried(wanted.id(), MAX_TRIES)) {
                store.waiting(wanted.id(), AGAIN);
                return;
            }
            LOG.warn("The disk of a VM does not become template {}", wanted.shown(), e);
            store.failed(wanted.id(), String.valueOf(e.getMessage()));
            dropSnapshot(wanted);
        }
    }

    private void publish(Publication wanted) {
        SnapshotSource.Kept kept = snapshots
                .find(wanted.owner(), wanted.snapshot().toString())
                .orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "The snapshot is gone."));
        Host host = kept.vm()
                .host()
                .flatMap(hosts::find)
                .orElseThrow(() -> new OrielException(ErrorCode.HOST_UNREACHABLE, "The host of the VM is not known."));
        LOG.info("Template {} is copied from host {}", wanted.shown(), host.name());
        try (SnapshotImage image = host.api().openSnapshot(kept.vm().id(), wanted.snapshot());
                TemplateImages.Received copy = images.receive(image)) {
            OwnTemplate template = judged(wanted, copy);
            copy.keep();
            transactions.executeWithoutResult(_ -> {
                if (store.done(wanted.id())) {
                    templates.insert(template);
                }
            });
        } catch (IOException e) {
            throw new OrielException(ErrorCode.UNAVAILABLE, "The disk could not be copied.", e);
        }
        distribution.wake();
    }

    private static OwnTemplate judged(Publication wanted, TemplateImages.Received copy) throws IOException {
        return switch (copy.judge(wanted.disk())) {
            case ImageVerdict.Refused(String reason) -> throw new OrielException(ErrorCode.BAD_IMAGE, reason);
            case ImageVerdict.Accepted(ImageFormat format, var size) ->
                new OwnTemplate(
                        TemplateName.imported(
                                wanted.shown(),
                                String.format(
                                        "%08x", ThreadLocalRandom.current().nextInt())),
                        wanted.owner(),
                        wanted.isPublic(),
                        1,
                        wanted.title(),
                        wanted.description(),
                        wanted.cpus(),
                        wanted.memory(),
                        copy.sha256(),
                        copy.size(),
                        format,
                        size);
        };
    }

    /** The template is there; the snapshot that was taken for it is of no use any more. */
    private void tidy(Publication done) {
        dropSnapshot(done);
        store.remove(done.id());
    }

    private void dropSnapshot(Publication publication) {
        if (publication.ownSnapshot()) {
            snapshots.discard(publication.owner(), publication.snapshot());
        }
    }
}
