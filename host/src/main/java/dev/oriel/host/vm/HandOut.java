package dev.oriel.host.vm;

import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.instant.InstantStart;
import dev.oriel.host.instant.PooledClone;
import dev.oriel.host.qemu.GuestProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Gives a new VM a warm clone of its template, when one waits that fits. Used under the host's lock. */
final class HandOut {
    private final HostParts parts;

    HandOut(HostParts parts) {
        this.parts = parts;
    }

    /**
     * The driver of a VM that owns a clone now; empty when it has to start by itself.
     *
     * @param wanted as it would be without a clone
     * @throws IOException when the host cannot keep it
     */
    Optional<VmDriver> to(InstanceRecord wanted) throws IOException {
        VmSpec spec = wanted.assignment().spec();
        Optional<InstantStart> start = wanted.assignment().goal() == VmGoal.RUNNING
                ? parts.instant().startFor(spec.template(), spec)
                : Optional.empty();
        Optional<PooledClone> clone = start.flatMap(parts.instant()::take);
        Optional<GuestProcess> process =
                clone.flatMap(taken -> taken.process(parts.run().resolve("instance")));
        if (clone.isEmpty() || process.isEmpty()) {
            return Optional.empty();
        }
        InstanceRecord record = wanted.on(clone.get());
        InstanceDirectory directory = parts.directory(record.instance());
        new VmDisk(parts, directory).takeOver(record, Path.of(clone.get().layer()));
        CloneHooks.note(directory);
        // From here on it is the VM's, for a VM Manager that comes after a crash too.
        directory.create(record);
        parts.instant().handedOver(clone.get());
        return Optional.of(VmDriver.ofClone(parts, record, process.get()));
    }
}
