package dev.oriel.api.snapshot;

import dev.oriel.api.host.Host;
import dev.oriel.api.host.Hosts;
import dev.oriel.api.vm.Vm;
import dev.oriel.api.vm.VmStore;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.DiskUsage;
import dev.oriel.core.host.SnapshotStatus;
import dev.oriel.core.vm.SnapshotId;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Brings Postgres and the hosts together again about snapshots: what was not acknowledged or is not wanted is dropped,
 * what nobody knows too, and what they take is noted for people's usage. Every replica may do it at any time.
 */
@Component
public class SnapshotSweeper {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotSweeper.class);
    /** A snapshot takes at most half of it. */
    private static final Duration GRACE = Duration.ofSeconds(60);

    private final SnapshotStore store;
    private final Snapshots snapshots;
    private final VmStore vms;
    private final Hosts hosts;
    private final Clock clock;

    SnapshotSweeper(SnapshotStore store, Snapshots snapshots, VmStore vms, Hosts hosts, Clock clock) {
        this.store = store;
        this.snapshots = snapshots;
        this.vms = vms;
        this.hosts = hosts;
        this.clock = clock;
    }

    /** One look at everything; also by the clock. */
    @Scheduled(initialDelay = 5, fixedDelay = 20, timeUnit = java.util.concurrent.TimeUnit.SECONDS)
    public void sweep() {
        store.removeOfDeleted();
        store.unwantedAfter(GRACE);
        store.unwantedPassing();
        store.unwanted().forEach(this::drop);
        hosts.all().forEach(this::compare);
    }

    private void drop(Snapshot snapshot) {
        try {
            snapshots.drop(snapshot);
        } catch (OrielException e) {
            LOG.debug("Snapshot {} is dropped later", snapshot.id(), e);
        }
    }

    private void compare(Host host) {
        List<DiskUsage> disks;
        try {
            disks = host.api().disks();
        } catch (OrielException e) {
            LOG.debug("Host {} does not tell about its disks", host.name(), e);
            return;
        }
        vms.noteDisks(
                host.name(), disks.stream().collect(Collectors.toMap(DiskUsage::vm, DiskUsage::used, (a, b) -> b)));
        for (DiskUsage disk : disks) {
            if (disk.snapshots().isEmpty()) {
                continue;
            }
            Optional<Vm> vm = vms.load(disk.vm())
                    .filter(known -> known.host().filter(host.name()::equals).isPresent());
            if (vm.isPresent()) {
                compare(host, disk);
            }
        }
    }

    private void compare(Host host, DiskUsage disk) {
        Map<SnapshotId, Snapshot> known =
                store.all(disk.vm()).stream().collect(Collectors.toMap(Snapshot::id, Function.identity()));
        for (SnapshotStatus there : disk.snapshots()) {
            Snapshot snapshot = known.get(there.id());
            boolean old = there.takenAt().isBefore(clock.instant().minus(GRACE));
            if (snapshot == null && old) {
                LOG.warn("Host {} holds a snapshot that nobody knows: dropped", host.name());
                host.api().dropSnapshot(disk.vm(), there.id());
            } else if (snapshot != null
                    && snapshot.state() == Snapshot.State.READY
                    && !snapshot.seen(there).equals(snapshot)) {
                store.seen(there);
            }
        }
    }
}
