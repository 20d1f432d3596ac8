package dev.oriel.host.sim;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.DiskUsage;
import dev.oriel.core.host.HostApi;
import dev.oriel.core.host.HostInfo;
import dev.oriel.core.host.HostName;
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
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * {@link HostApi} without QEMU. VMs live in memory and go through the real phases at the pace of a {@link
 * HostScript}; their consoles are real VNC sockets at {@code <sockets>/vnc/<vmid>}. The templates {@code tiny},
 * {@code desktop} and {@code blank} are always ready. Thread-safe.
 */
public final class SimulatedHost implements HostApi, AutoCloseable {
    private static final Bytes MEMORY = Bytes.ofGiB(64);
    private static final Bytes DISK = Bytes.ofGiB(1024);

    private final HostName name;
    private final int maxVms;
    private final HostScript script = new HostScript();
    /** A disc that was put in while a process that began then ran: a later process has an empty drive. */
    private record InDrive(ImageDigest image, Optional<Instant> startedAt) {}

    private final Map<VmId, InDrive> discs = new ConcurrentHashMap<>();
    private final SimulatedTemplates templates = new SimulatedTemplates();
    private final SimulatedImages images;
    private final SimulatedFleet fleet;

    public SimulatedHost(HostName name, Path sockets, int maxVms, Clock clock) {
        this.name = name;
        this.maxVms = maxVms;
        this.images = new SimulatedImages(clock);
        removeConsolesOfAnEarlierOne(sockets.resolve("vnc"));
        this.fleet = new SimulatedFleet(sockets.resolve("vnc"), maxVms, script, clock, this::forget);
    }

    /** Its guests ended with its process, which may have had no time to remove their sockets. */
    private static void removeConsolesOfAnEarlierOne(Path consoles) {
        try (Stream<Path> left = Files.list(consoles)) {
            for (Path socket : left.toList()) {
                Files.deleteIfExists(socket);
            }
        } catch (NoSuchFileException e) {
            return; // it is the first
        } catch (IOException e) {
            throw new UncheckedIOException("the directory of consoles cannot be used", e);
        }
    }

    /** Where tests say how long things take and what goes wrong. */
    public HostScript script() {
        return script;
    }

    /** The VM's process dies, as by kill -9 of its QEMU; nothing when it has none. */
    public void kill(VmId vm) {
        fleet.kill(vm);
    }

    /** The guest powers itself off; nothing when it does not run. */
    public void powerOff(VmId vm) {
        fleet.powerOff(vm);
    }

    /** The guest's system crashes and says so; nothing when it does not run. */
    public void panic(VmId vm) {
        fleet.panic(vm);
    }

    /** Ends every guest, as the host's own shutdown does. */
    public void stopGuests(Duration limit) {
        fleet.stopAll(limit);
    }

    @Override
    public HostInfo info() {
        script.onCall();
        Bytes free = new Bytes(Math.max(0, MEMORY.value() - fleet.memoryInUse().value()));
        int cpus = Runtime.getRuntime().availableProcessors();
        return new HostInfo(
                name,
                "simulated",
                "simulated",
                cpus,
                MEMORY,
                free,
                DISK,
                script.isDiskLow(),
                fleet.processes(),
                maxVms);
    }

    @Override
    public VmObservation ensure(VmAssignment assignment, Duration wait) {
        script.onWish(assignment.spec().id());
        if (assignment.goal() == VmGoal.RUNNING) {
            requireParts(assignment.spec());
        }
        return fleet.ensure(assignment, wait);
    }

    /** What a VM needs to start; it may be stopped and deleted without. */
    private void requireParts(VmSpec spec) {
        if (!templates.has(spec.template())) {
            throw new OrielException(ErrorCode.UNKNOWN_TEMPLATE, "this host has no such template");
        }
        if (!spec.images().stream().allMatch(images::has)) {
            throw new OrielException(ErrorCode.NOT_FOUND, "this host has not been given that disc");
        }
    }

    /** User data goes with the last VM that it is for. */
    private void forget(VmSpec gone) {
        gone.userData().filter(data -> !fleet.uses(data)).ifPresent(images::drop);
    }

    @Override
    public Optional<VmObservation> observe(VmId vm) {
        script.onCall();
        return fleet.observe(vm);
    }

    @Override
    public VmChanges changes(long since, Duration wait) {
        script.onCall();
        return fleet.changes(since, wait);
    }

    @Override
    public List<TemplateStatus> templates() {
        script.onCall();
        return templates.all();
    }

    @Override
    public TemplateStatus importTemplate(TemplateImport wish) {
        script.onCall();
        return templates.take(wish, images::has);
    }

    @Override
    public void dropTemplate(TemplateName name) {
        script.onCall();
        if (fleet.uses(name)) {
            throw new OrielException(ErrorCode.STATE_CONFLICT, "a VM is made from this template");
        }
        templates.drop(name);
    }

    @Override
    public TemplateStatus freezeTemplate(TemplateName name) {
        script.onCall();
        return templates.freeze(name);
    }

    @Override
    public byte[] screenshot(VmId vm) {
        script.onCall();
        return fleet.screenshot(vm);
    }

    @Override
    public void insertDisc(VmId vm, ImageDigest image) {
        script.onCall();
        requireProcess(vm);
        if (!images.has(image)) {
            throw new OrielException(ErrorCode.NOT_FOUND, "this host has not been given that disc");
        }
        discs.put(vm, new InDrive(image, fleet.observe(vm).flatMap(VmObservation::startedAt)));
    }

    @Override
    public void ejectDisc(VmId vm) {
        script.onCall();
        requireProcess(vm);
        discs.remove(vm);
    }

    @Override
    public Optional<ImageDigest> disc(VmId vm) {
        script.onCall();
        requireProcess(vm);
        Optional<Instant> startedAt = fleet.observe(vm).flatMap(VmObservation::startedAt);
        return Optional.ofNullable(discs.get(vm))
                .filter(disc -> disc.startedAt().equals(startedAt))
                .map(InDrive::image);
    }

    private void requireProcess(VmId vm) {
        if (fleet.observe(vm).filter(seen -> seen.phase() == VmPhase.RUNNING).isEmpty()) {
            throw new OrielException(ErrorCode.STATE_CONFLICT, "this VM does not run here");
        }
    }

    @Override
    public boolean hasImage(ImageDigest digest) {
        script.onCall();
        return images.has(digest);
    }

    @Override
    public void putImage(ImageDigest digest, Bytes size, InputStream content) {
        script.onCall();
        images.put(digest, size, content);
    }

    @Override
    public void dropImage(ImageDigest digest) {
        script.onCall();
        if (fleet.uses(digest)) {
            throw new OrielException(ErrorCode.STATE_CONFLICT, "a VM uses this image");
        }
        images.drop(digest);
    }

    @Override
    public List<UnusedImage> unusedImages() {
        script.onCall();
        return images.unused(digest -> fleet.uses(digest)
                || templates.uses(digest)
                || discs.values().stream().anyMatch(disc -> disc.image().equals(digest)));
    }

    /** What a simulated host keeps takes no room. */
    @Override
    public List<UnusedImage> collectImages() {
        script.onCall();
        return List.of();
    }

    @Override
    public SnapshotStatus takeSnapshot(VmId vm, SnapshotId snapshot, boolean live) {
        script.onCall();
        script.requireDisk();
        return fleet.takeSnapshot(vm, snapshot, live);
    }

    @Override
    public void dropSnapshot(VmId vm, SnapshotId snapshot) {
        script.onCall();
        fleet.dropSnapshot(vm, snapshot);
    }

    @Override
    public SnapshotImage openSnapshot(VmId vm, SnapshotId snapshot) {
        script.onCall();
        script.requireCopy();
        byte[] image = EmptyQcow2.of(fleet.sizeAt(vm, snapshot));
        InputStream content = new ByteArrayInputStream(image);
        return new SnapshotImage(
                new Bytes(image.length),
                script.nextCopyBreaks() ? BrokenOff.after(image.length / 2, content) : content);
    }

    @Override
    public DiskUsage disk(VmId vm) {
        script.onCall();
        return fleet.disk(vm).orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "this host has no such VM"));
    }

    @Override
    public List<DiskUsage> disks() {
        script.onCall();
        return fleet.disks();
    }

    /** Ends everything: a simulated VM cannot outlive its host. */
    @Override
    public void close() {
        fleet.close();
    }
}
