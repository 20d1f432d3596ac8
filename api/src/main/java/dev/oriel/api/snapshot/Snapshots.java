package dev.oriel.api.snapshot;

import dev.oriel.api.host.Hosts;
import dev.oriel.api.vm.SnapshotSource;
import dev.oriel.api.vm.Vm;
import dev.oriel.api.vm.VmStore;
import dev.oriel.api.vm.Vms;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.HostApi;
import dev.oriel.core.host.SnapshotImage;
import dev.oriel.core.host.SnapshotStatus;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmId;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;

/**
 * The snapshots of people's VMs. A snapshot is noted before its host is asked, and only one that the host has
 * acknowledged is ever shown; whatever became of the others is cleared away by {@link SnapshotSweeper}. Thread-safe.
 */
@Component
public class Snapshots implements SnapshotSource {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);
    private static final int MAX_NAMES = 1000;

    private final SnapshotStore store;
    private final VmStore vms;
    private final Vms wishes;
    private final Hosts hosts;

    Snapshots(SnapshotStore store, VmStore vms, Vms wishes, Hosts hosts) {
        this.store = store;
        this.vms = vms;
        this.wishes = wishes;
        this.hosts = hosts;
    }

    /**
     * Takes one; it can be restored when this returns.
     *
     * @param live with what the guest remembers
     */
    public Snapshot take(UserId owner, VmId id, Optional<String> name, boolean live) {
        SnapshotId snapshot = SnapshotId.random();
        Vm vm;
        try {
            // A name is found where nobody else finds one for this VM at the same time.
            vm = wishes.requireSnapshot(
                    owner, id, () -> store.insert(snapshot, id, owner, name.orElseGet(() -> freeName(id)), false));
        } catch (DuplicateKeyException e) {
            throw new OrielException(ErrorCode.NAME_IN_USE, "This VM has a snapshot of this name already.", e);
        }
        take(vm, snapshot, live);
        return list(owner, id).stream()
                .filter(listed -> listed.id().equals(snapshot))
                .findFirst()
                .orElseThrow(Snapshots::unknown);
    }

    /** Makes more VMs that go on from this instant of the VM, as it does itself. */
    List<Vm> fork(UserId owner, VmId id, int count) {
        Vm vm = wishes.requireFork(owner, id, count);
        hosts.requireDisk(vm.host());
        SnapshotId moment = SnapshotId.random();
        store.insert(moment, id, owner, "fork " + moment, true);
        take(vm, moment, true);
        try {
            return wishes.fork(owner, id, moment, count);
        } catch (OrielException e) {
            store.unwanted(moment);
            throw e;
        }
    }

    private void take(Vm vm, SnapshotId snapshot, boolean live) {
        SnapshotStatus taken;
        try {
            taken = hostOf(vm).takeSnapshot(vm.id(), snapshot, live);
        } catch (OrielException e) {
            // Whether the host has it is not known: it is told that it need not.
            store.unwanted(snapshot);
            throw e.code() == ErrorCode.STATE_CONFLICT ? Vms.conflict(vm, sentence(e)) : e;
        }
        if (!store.seen(taken)) {
            throw Vms.unknown();
        }
    }

    /** The VM's tree, as its host has it now; as it last had it while it does not answer. */
    List<Snapshot> list(UserId owner, VmId id) {
        Vm vm = wishes.find(owner, id);
        List<Snapshot> known = store.ready(id);
        if (known.isEmpty()) {
            return known;
        }
        try {
            Map<SnapshotId, SnapshotStatus> there = hostOf(vm).disk(id).snapshots().stream()
                    .collect(Collectors.toMap(SnapshotStatus::id, Function.identity()));
            Set<SnapshotId> shown = known.stream().map(Snapshot::id).collect(Collectors.toSet());
            return known.stream()
                    .map(snapshot -> Optional.ofNullable(there.get(snapshot.id()))
                            .map(now -> snapshot.seen(now, parentOf(now, there, shown)))
                            .orElse(snapshot))
                    .toList();
        } catch (OrielException e) {
            LOG.debug("The snapshots of VM {} are shown as last seen", id, e);
            return known;
        }
    }

    /** The nearest one before it that people see: moments of forks, and what is being deleted, are nobody's to see. */
    private static Optional<SnapshotId> parentOf(
            SnapshotStatus one, Map<SnapshotId, SnapshotStatus> there, Set<SnapshotId> shown) {
        Optional<SnapshotId> parent = one.parent();
        for (int steps = 0;
                steps < there.size() && parent.filter(id -> !shown.contains(id)).isPresent();
                steps++) {
            parent = parent.flatMap(id -> Optional.ofNullable(there.get(id))).flatMap(SnapshotStatus::parent);
        }
        return parent.filter(shown::contains);
    }

    /** Takes the VM's disk back to it; to its very moment when it is live. */
    Vm restore(UserId owner, VmId vm, SnapshotId id) {
        Snapshot snapshot = find(owner, vm, id);
        return snapshot.live() ? wishes.goBack(owner, vm, snapshot.id()) : wishes.restore(owner, vm, snapshot.id());
    }

    /** Its disk as an image; the caller closes it. */
    SnapshotImage open(UserId owner, VmId vm, SnapshotId id) {
        Snapshot snapshot = find(owner, vm, id);
        return hostOf(wishes.find(owner, vm)).openSnapshot(vm, snapshot.id());
    }

    /** The VM and the snapshot by name: what a file of it is called. */
    String title(UserId owner, VmId vm, SnapshotId id) {
        return wishes.find(owner, vm).name() + " " + find(owner, vm, id).name();
    }

    /** Deletes it; the host wins back its space in the background. */
    void delete(UserId owner, VmId vm, SnapshotId id) {
        Snapshot snapshot = find(owner, vm, id);
        if (store.isInUse(id)) {
            throw new OrielException(
                    ErrorCode.STATE_CONFLICT,
                    "A VM or a template is just being made from this snapshot, or a VM taken back to it.");
        }
        store.unwanted(id);
        try {
            drop(snapshot);
        } catch (OrielException e) {
            LOG.debug("Snapshot {} is dropped later", id, e);
        }
    }

    /** Deletes one that was taken for a purpose of ours, whatever became of it. */
    public void discard(UserId owner, SnapshotId id) {
        store.find(owner, id).ifPresent(snapshot -> store.unwanted(id));
    }

    /** Has the host forget it, and forgets it. */
    void drop(Snapshot snapshot) {
        Optional<Vm> vm = vms.load(snapshot.vm());
        if (vm.flatMap(Vm::host).isPresent()) {
            hostOf(vm.get()).dropSnapshot(snapshot.vm(), snapshot.id());
        }
        store.remove(snapshot.id());
    }

    @Override
    public Optional<Kept> find(UserId owner, String text) {
        return parsed(text)
                .flatMap(id -> store.find(owner, id))
                .flatMap(snapshot -> vms.find(owner, snapshot.vm())
                        .filter(vm -> vm.host().isPresent())
                        .map(vm -> new Kept(vm, snapshot.id())));
    }

    private Snapshot find(UserId owner, VmId vm, SnapshotId id) {
        wishes.find(owner, vm);
        return store.find(owner, id)
                .filter(snapshot -> snapshot.vm().equals(vm))
                .orElseThrow(Snapshots::unknown);
    }

    private HostApi hostOf(Vm vm) {
        return vm.host()
                .flatMap(hosts::find)
                .orElseThrow(() -> new OrielException(ErrorCode.HOST_UNREACHABLE, "The host of this VM is not known."))
                .api();
    }

    private String freeName(VmId vm) {
        Set<String> taken = store.all(vm).stream()
                .map(snapshot -> snapshot.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
        int number = 1;
        while (taken.contains("snapshot-" + number) && number < MAX_NAMES) {
            number++;
        }
        return "snapshot-" + number;
    }

    static OrielException unknown() {
        return new OrielException(ErrorCode.NOT_FOUND, "There is no such snapshot.");
    }

    /** What a host says, as a sentence. */
    private static String sentence(OrielException e) {
        String said = String.valueOf(e.getMessage());
        return said.substring(0, 1).toUpperCase(Locale.ROOT) + said.substring(1) + (said.endsWith(".") ? "" : ".");
    }

    private static Optional<SnapshotId> parsed(String text) {
        try {
            return Optional.of(SnapshotId.of(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
