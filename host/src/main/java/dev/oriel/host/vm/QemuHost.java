package dev.oriel.host.vm;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.DiskUsage;
import dev.oriel.core.host.HostApi;
import dev.oriel.core.host.HostInfo;
import dev.oriel.core.host.SnapshotImage;
import dev.oriel.core.host.SnapshotStatus;
import dev.oriel.core.host.TemplateImport;
import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.host.UnusedImage;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.host.VmChanges;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.host.HostConfig;
import dev.oriel.host.disk.BootFiles;
import dev.oriel.host.disk.DiskExports;
import dev.oriel.host.disk.DiskImages;
import dev.oriel.host.disk.ImageConversion;
import dev.oriel.host.disk.ImageStore;
import dev.oriel.host.disk.Overlays;
import dev.oriel.host.disk.Program;
import dev.oriel.host.instant.InstantPlaces;
import dev.oriel.host.instant.InstantTemplates;
import dev.oriel.host.qemu.Accelerator;
import dev.oriel.host.qemu.ControlGroups;
import dev.oriel.host.qemu.Egress;
import dev.oriel.host.qemu.Hypervisor;
import dev.oriel.host.template.AllTemplates;
import dev.oriel.host.template.ImportedTemplates;
import dev.oriel.host.template.ReadyTemplate;
import dev.oriel.host.template.TemplateLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * {@link HostApi} on real QEMU. Opening it takes over what an earlier one left; closing it only detaches: guests run on
 * and the next one adopts them. One data directory has at most one open QemuHost. Thread-safe.
 */
public final class QemuHost implements HostApi, AutoCloseable {
    private static final Logger LOG = System.getLogger(QemuHost.class.getName());

    private final HostConfig config;
    private final TemplateLibrary templates;
    private final ImportedTemplates imported;
    private final DataLock dataLock;
    private final Tombstones tombstones;
    private final InstantTemplates instant;
    private final UidLedger uidLedger;
    private final HostParts parts;
    private final Map<VmId, VmDriver> drivers = new ConcurrentHashMap<>();
    private final HostDisks disks;
    private final DiscDrives drives;
    private final ReentrantLock lock = new ReentrantLock();
    private final HypervisorSearch search;
    private final ControlGroups groups;
    private final ImageCollector collector;
    private final DiskExports exports;
    private final Orphans orphans;

    private QemuHost(HostConfig config, TemplateLibrary recipes, Clock clock, DataLock dataLock) throws IOException {
        this.config = config;
        this.dataLock = dataLock;
        Path run = config.data().resolve("run");
        HostDirectories.prepare(config);
        this.tombstones = new Tombstones(run, clock);
        GuestUids uids = GuestUids.of(config.uidBase(), List.of(config.data().resolve("vms"), config.sockets()));
        this.uidLedger = new UidLedger(uids, lock, this::takenUids);
        ImageStore images = new ImageStore(config.data());
        this.imported =
                ImportedTemplates.open(config.data(), images, new ImageConversion(config.data(), uids.forImports()));
        this.templates = new AllTemplates(List.of(recipes, imported), config.networks());
        this.groups = ControlGroups.open(HostDirectories.groupOf(config.data()));
        this.search = new HypervisorSearch(
                run, config.data().resolve("vms"), groups, new Egress(config.egress(), uids.forEgress()));
        Overlays overlays = new Overlays(config.data(), Program.need("qemu-img"));
        this.instant = new InstantTemplates(
                new InstantPlaces(
                        config.data(),
                        config.sockets(),
                        config.vncGid(),
                        overlays,
                        search.found(),
                        uidLedger,
                        clock,
                        this::isAnyGuestRunning),
                config.instant(),
                this.templates);
        this.parts = new HostParts(
                run,
                config.sockets(),
                config.stopGrace(),
                config.vncGid().orElse(-1),
                overlays,
                images,
                new BootFiles(config.data()),
                new Observations(clock),
                search.found(),
                instant,
                clock,
                new HookTurns(),
                this::forget);
        this.orphans = new Orphans(
                parts,
                config.data().resolve("vms/users"),
                groups,
                new OwnersHere(drivers, instant, lock),
                config.orphanGrace());
        this.drives = new DiscDrives(images, drivers);
        this.disks = new HostDisks(config.data(), config.diskReserve(), drivers);
        this.exports = new DiskExports(config.data(), overlays.images());
        this.collector =
                new ImageCollector(config.data(), config.imageGrace(), clock, lock, this.templates, drivers.values());
    }

    /**
     * Takes over what lies in {@code config.data()} and is ready for assignments.
     *
     * @throws IllegalStateException when QEMU is not installed, or another VM Manager uses the directory
     */
    public static QemuHost open(HostConfig config, TemplateLibrary templates, Clock clock) {
        try {
            DataLock dataLock = DataLock.acquire(config.data());
            try {
                QemuHost host = new QemuHost(config, templates, clock, dataLock);
                host.search.start();
                DiskImages.endOrphans(config.data());
                host.adopt();
                host.instant.start();
                host.collector.start(host.instant::collectSoon);
                host.orphans.start();
                return host;
            } catch (IOException | RuntimeException e) {
                dataLock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the data directory cannot be used", e);
        }
    }

    @Override
    public HostInfo info() {
        HostMemory memory = HostMemory.now();
        Hypervisor hypervisor = hypervisor();
        return new HostInfo(
                config.name(),
                hypervisor.accelerator().kind().word(),
                hypervisor.qemu().version(),
                Runtime.getRuntime().availableProcessors(),
                memory.total(),
                memory.available(),
                disks.free(),
                disks.isLow(),
                (int) drivers.values().stream()
                        .filter(driver -> driver.guest().isPresent())
                        .count(),
                config.maxVms());
    }

    /** What guests run on here and why, for operators. Waits for the search when it is not over. */
    public Accelerator accelerator() {
        return hypervisor().accelerator();
    }

    @Override
    public VmObservation ensure(VmAssignment assignment, Duration wait) {
        VmId vm = assignment.spec().id();
        lock.lock();
        try {
            VmDriver driver = drivers.get(vm);
            if (driver == null) {
                assignNew(assignment);
            } else {
                checkRoom(assignment, driver.takesRoom());
                if (driver.isNewStart(assignment)) {
                    disks.requireRoom();
                }
                driver.accept(assignment);
            }
        } finally {
            lock.unlock();
        }
        return parts.observations().awaitSettled(vm, assignment.generation(), wait);
    }

    @Override
    public Optional<VmObservation> observe(VmId vm) {
        return parts.observations().of(vm);
    }

    @Override
    public VmChanges changes(long since, Duration wait) {
        return parts.observations().changes(since, wait);
    }

    @Override
    public List<TemplateStatus> templates() {
        return templates.statuses().stream().map(instant::seen).toList();
    }

    @Override
    public TemplateStatus importTemplate(TemplateImport wish) {
        return imported.take(wish);
    }

    @Override
    public void dropTemplate(TemplateName name) {
        lock.lock();
        try {
            if (drivers.values().stream()
                    .anyMatch(driver ->
                            driver.record().assignment().spec().template().equals(name))) {
                throw new OrielException(ErrorCode.STATE_CONFLICT, "a VM is made from this template");
            }
            imported.drop(name);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public TemplateStatus freezeTemplate(TemplateName name) {
        TemplateStatus status = templates.statuses().stream()
                .filter(template -> template.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new OrielException(ErrorCode.UNKNOWN_TEMPLATE, "this host has no such template"));
        instant.freeze(name);
        return instant.seen(status);
    }

    @Override
    public byte[] screenshot(VmId vm) {
        VmDriver driver = Optional.ofNullable(drivers.get(vm))
                .orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "this host has no such VM"));
        Guest guest =
                driver.guest().orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "this VM has no process"));
        try {
            return Screenshot.of(guest, driver.directory().socketPaths().control());
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    @Override
    public void insertDisc(VmId vm, ImageDigest image) {
        collector.touch(image);
        drives.insert(vm, image);
    }

    @Override
    public void ejectDisc(VmId vm) {
        drives.eject(vm);
    }

    @Override
    public Optional<ImageDigest> disc(VmId vm) {
        return drives.disc(vm);
    }

    @Override
    public boolean hasImage(ImageDigest digest) {
        collector.touch(digest);
        return parts.images().find(digest).isPresent();
    }

    @Override
    public void putImage(ImageDigest digest, Bytes size, InputStream content) {
        parts.images().put(digest, size, content);
    }

    @Override
    public void dropImage(ImageDigest digest) {
        lock.lock();
        try {
            if (isUsed(digest)) {
                throw new OrielException(ErrorCode.STATE_CONFLICT, "a VM uses this image");
            }
            parts.images().drop(digest);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<UnusedImage> unusedImages() {
        return collector.look();
    }

    @Override
    public List<UnusedImage> collectImages() {
        return collector.collect();
    }

    @Override
    public SnapshotStatus takeSnapshot(VmId vm, SnapshotId snapshot, boolean live) {
        return disks.take(vm, snapshot, live);
    }

    @Override
    public void dropSnapshot(VmId vm, SnapshotId snapshot) {
        disks.drop(vm, snapshot);
    }

    @Override
    public SnapshotImage openSnapshot(VmId vm, SnapshotId snapshot) {
        try {
            return disks.open(vm, snapshot, exports);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    @Override
    public DiskUsage disk(VmId vm) {
        return disks.of(vm);
    }

    @Override
    public List<DiskUsage> disks() {
        return disks.all();
    }

    /**
     * Powers all guests down, all at once, and ends those that do not within {@code limit}. What is wanted of them
     * stands: they are seen as ended by the host. Nothing can be started after this; close comes next.
     */
    public void stopGuests(Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        instant.stop();
        // Ending by force takes up to 9 s; what is left of the limit is the guests' own time.
        Duration own = limit.minusSeconds(9);
        Duration grace = own.compareTo(config.stopGrace()) < 0 ? own : config.stopGrace();
        List<VmDriver> all = List.copyOf(drivers.values());
        all.forEach(driver -> driver.park(grace.isNegative() ? Duration.ZERO : grace));
        try {
            for (VmDriver driver : all) {
                Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
                if (!driver.awaitParked(left)) {
                    driver.guest().ifPresent(guest -> guest.process().kill());
                }
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** Detaches: no guest is touched. */
    @Override
    public void close() {
        try {
            drivers.values().forEach(VmDriver::detach);
            instant.close();
            imported.close();
            collector.stop();
            orphans.stop();
            search.stop();
            for (VmDriver driver : drivers.values()) {
                driver.awaitDetached();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            dataLock.close();
        }
    }

    private void assignNew(VmAssignment assignment) {
        VmId vm = assignment.spec().id();
        long deletedAt = tombstones.generationOf(vm);
        if (assignment.generation() < deletedAt) {
            throw new OrielException(ErrorCode.STALE_GENERATION, "this host has seen a newer assignment");
        }
        if (assignment.goal() == VmGoal.DELETED || assignment.generation() == deletedAt) {
            if (assignment.generation() > deletedAt) {
                forget(vm, assignment.generation());
            }
            parts.observations().publish(VmObservation.gone(vm, assignment.generation()));
            return;
        }
        ReadyTemplate template = templateFor(assignment.spec().template());
        if (!assignment.spec().images().stream().allMatch(this::hasImage)) {
            throw new OrielException(ErrorCode.NOT_FOUND, "this host has not been given that disc");
        }
        checkRoom(assignment, false);
        disks.requireRoom();
        try {
            InstanceRecord record = NewInstance.of(assignment, template, parts, uidLedger);
            Optional<VmDriver> warm = new HandOut(parts).to(record);
            if (warm.isEmpty()) {
                parts.directory(record.instance()).create(record);
            }
            VmDriver driver = warm.orElseGet(() -> new VmDriver(parts, record, Optional.empty()));
            drivers.put(vm, driver);
            driver.start();
        } catch (IOException e) {
            throw new OrielException(ErrorCode.INSUFFICIENT_STORAGE, "the host could not keep the assignment", e);
        }
    }

    private boolean isAnyGuestRunning() {
        return drivers.values().stream().anyMatch(driver -> driver.guest().isPresent());
    }

    private boolean isUsed(ImageDigest digest) {
        return drivers.values().stream()
                .anyMatch(driver -> driver.record().assignment().spec().images().contains(digest));
    }

    private Set<Integer> takenUids() {
        Set<Integer> taken = new HashSet<>(instant.uids());
        drivers.values().forEach(driver -> driver.record().uid().ifPresent(taken::add));
        return taken;
    }

    private ReadyTemplate templateFor(TemplateName name) {
        return templates.ready(name).orElseThrow(() -> {
            boolean known =
                    templates().stream().anyMatch(status -> status.name().equals(name));
            return known
                    ? new OrielException(ErrorCode.TEMPLATE_NOT_READY, "this host has not built that template yet")
                    : new OrielException(ErrorCode.UNKNOWN_TEMPLATE, "this host has no such template");
        });
    }

    private void checkRoom(VmAssignment assignment, boolean hasRoom) {
        if (assignment.goal() == VmGoal.RUNNING
                && !hasRoom
                && drivers.values().stream().filter(VmDriver::takesRoom).count() >= config.maxVms()) {
            throw new OrielException(ErrorCode.NO_CAPACITY, "this host runs as many VMs as it may");
        }
    }

    /** A VM and everything of it is gone: only the generation that wanted it so is remembered. */
    private void forget(VmId vm, long generation) {
        try {
            tombstones.add(vm, generation);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "that VM " + vm + " is gone could not be noted", e);
        }
        VmDriver gone = drivers.remove(vm);
        if (gone != null) {
            gone.record()
                    .assignment()
                    .spec()
                    .userData()
                    .filter(data -> !isUsed(data))
                    .ifPresent(parts.images()::drop);
        }
    }

    private void adopt() throws IOException {
        for (VmDriver driver : new Adoption(parts).run()) {
            drivers.put(driver.record().vm(), driver);
            driver.start();
        }
    }

    private Hypervisor hypervisor() {
        try {
            return parts.hypervisorNow();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static OrielException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new OrielException(ErrorCode.SHUTTING_DOWN, "the host is stopping", cause);
    }
}
