package dev.oriel.host.vm;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.UnusedImage;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import dev.oriel.host.template.TemplateLibrary;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Removes images that nothing needs any more, some time after that was first seen. An image is needed as long as any
 * record of this host names it, whatever the record is for: see {@link ImageReferences}. What cannot be read with
 * certainty makes it remove nothing at all. Thread-safe.
 */
final class ImageCollector {
    private static final Logger LOG = System.getLogger(ImageCollector.class.getName());
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);
    private static final Duration GOODBYE = Duration.ofSeconds(5);

    private final Path data;
    private final Duration grace;
    private final Clock clock;
    private final ReentrantLock assignments;
    private final TemplateLibrary templates;
    private final Collection<VmDriver> drivers;
    private final UnusedSince since;
    private final CountDownLatch closing = new CountDownLatch(1);
    private Optional<Thread> thread = Optional.empty();

    /**
     * @param grace how long what nothing needs is kept
     * @param assignments held while VMs are made and images dropped: nobody begins to need an image meanwhile
     * @param templates from whose base images VMs can be made at any time
     * @param drivers of the host's VMs, whose drives may hold discs
     */
    ImageCollector(
            Path data,
            Duration grace,
            Clock clock,
            ReentrantLock assignments,
            TemplateLibrary templates,
            Collection<VmDriver> drivers) {
        this.data = data;
        this.grace = grace;
        this.clock = clock;
        this.assignments = assignments;
        this.templates = templates;
        this.drivers = drivers;
        this.since = new UnusedSince(data.resolve("run/unused-images.json"));
    }

    /** Looks every few minutes from now on; {@code before} runs ahead of each look. */
    void start(Runnable before) {
        thread = Optional.of(Thread.ofVirtual().name("image-collector").start(() -> loop(before)));
    }

    /** Somebody is about to use the image, or asks for it: its time begins anew. */
    void touch(ImageDigest image) {
        assignments.lock();
        try {
            since.forget(image.value() + ".iso");
        } finally {
            assignments.unlock();
        }
    }

    /** What nothing needs, oldest first. */
    List<UnusedImage> look() {
        return looked(false);
    }

    /** Removes what nothing has needed for the grace, and answers it. */
    List<UnusedImage> collect() {
        return looked(true);
    }

    /** Ends the looking. */
    void stop() throws InterruptedException {
        closing.countDown();
        for (Thread each : thread.stream().toList()) {
            each.interrupt();
            boolean _ = each.join(GOODBYE);
        }
    }

    private void loop(Runnable before) {
        Duration quarter = grace.dividedBy(4);
        long pause = Math.max(1, (quarter.compareTo(LONGEST_PAUSE) < 0 ? quarter : LONGEST_PAUSE).toMillis());
        try {
            while (!closing.await(pause, TimeUnit.MILLISECONDS)) {
                before.run();
                turn();
            }
        } catch (InterruptedException e) {
            LOG.log(Level.DEBUG, "image collection ends", e);
        }
    }

    private void turn() {
        try {
            collect()
                    .forEach(gone -> LOG.log(
                            Level.INFO,
                            "removed {0}, which nothing needed since {1}",
                            gone.name(),
                            gone.unusedSince()));
        } catch (OrielException e) {
            LOG.log(Level.WARNING, "no unused images are removed: " + e.getMessage(), e);
        }
    }

    private List<UnusedImage> looked(boolean remove) {
        try {
            Set<String> inDrives = DrivesInUse.of(drivers);
            assignments.lock();
            try {
                ImageReferences references = ImageReferences.read(data);
                references.add(inDrives);
                references.add(basesOf(templates));
                List<UnusedImage> unused = unused(references);
                return remove ? removed(unused) : unused;
            } finally {
                assignments.unlock();
            }
        } catch (IOException e) {
            throw new OrielException(ErrorCode.UNAVAILABLE, "what this host needs cannot be read with certainty", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OrielException(ErrorCode.SHUTTING_DOWN, "the host is stopping", e);
        }
    }

    private static List<String> basesOf(TemplateLibrary templates) {
        return templates.statuses().stream()
                .flatMap(status -> templates.ready(status.name()).stream())
                .flatMap(template -> template.base().stream())
                .map(base -> base.file().getFileName().toString())
                .toList();
    }

    private List<UnusedImage> unused(ImageReferences references) throws IOException {
        List<UnusedImage> unused = new ArrayList<>();
        for (Path file : files()) {
            if (!references.names(file)) {
                view(file).ifPresent(unused::add);
            }
        }
        since.keepOnly(unused.stream().map(UnusedImage::name).toList());
        unused.sort(Comparator.comparing(UnusedImage::unusedSince));
        return unused;
    }

    private Optional<UnusedImage> view(Path file) throws IOException {
        String name = file.getFileName().toString();
        try {
            Instant changed = ((FileTime) Files.getAttribute(file, "unix:ctime")).toInstant();
            Instant begun = since.first(name, changed, clock.instant());
            return Optional.of(
                    new UnusedImage(kindOf(name), name, new Bytes(Files.size(file)), begun, begun.plus(grace)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private List<UnusedImage> removed(List<UnusedImage> unused) throws IOException {
        Instant now = clock.instant();
        List<UnusedImage> gone = new ArrayList<>();
        for (UnusedImage image : unused) {
            if (!now.isBefore(image.keptUntil())) {
                Files.deleteIfExists(data.resolve("vms/base").resolve(image.name()));
                Files.deleteIfExists(data.resolve("vms/images").resolve(image.name()));
                since.forget(image.name());
                gone.add(image);
            }
        }
        return gone;
    }

    private List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        for (String directory : List.of("vms/base", "vms/images")) {
            try (Stream<Path> entries = Files.list(data.resolve(directory))) {
                entries.filter(Files::isRegularFile)
                        .filter(file -> !file.getFileName().toString().equals("index.json"))
                        .forEach(files::add);
            }
        }
        return files;
    }

    private static UnusedImage.Kind kindOf(String name) {
        if (name.matches("[0-9a-f]{64}\\.qcow2")) {
            return UnusedImage.Kind.BASE;
        }
        return name.matches("[0-9a-f]{64}\\.iso") ? UnusedImage.Kind.DISC : UnusedImage.Kind.LEFTOVER;
    }
}
