package dev.oriel.host.vm;

import dev.oriel.core.host.VmObservation;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.host.qemu.GuestProcess;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What an earlier VM Manager left: its VMs are taken over with their processes, and what belongs to no VM is removed. A
 * process is only taken for a VM's when pid, start time and name say so, and later QMP's uuid.
 */
final class Adoption {
    private static final Logger LOG = System.getLogger(Adoption.class.getName());

    private final HostParts parts;

    Adoption(HostParts parts) {
        this.parts = parts;
    }

    /** Drivers, not yet started, for every VM found. */
    List<VmDriver> run() throws IOException {
        List<VmDriver> drivers = new ArrayList<>();
        Set<String> owned = new HashSet<>();
        for (Path link : entriesOf(parts.run().resolve("vm"))) {
            Optional<InstanceRecord> record = recordBehind(link);
            if (record.isPresent()) {
                owned.add(record.get().instance());
                drivers.add(driverFor(record.get()));
            } else if (Files.isSymbolicLink(link) && !Files.exists(link)) {
                Files.deleteIfExists(link);
            } else {
                // Its data may be worth something to an operator: not ours to throw away.
                LOG.log(Level.ERROR, "{0} cannot be read and is left alone", link);
                owned.add(link.toRealPath().getFileName().toString());
            }
        }
        for (Path directory : entriesOf(parts.run().resolve("instance"))) {
            boolean waits = !owned.contains(directory.getFileName().toString())
                    && parts.instant().adopts(directory);
            if (!waits && !owned.contains(directory.getFileName().toString())) {
                removeOrphan(parts.directory(directory.getFileName().toString()));
            }
        }
        return drivers;
    }

    private Optional<InstanceRecord> recordBehind(Path link) throws IOException {
        if (!Files.isSymbolicLink(link)) {
            return Optional.empty();
        }
        String instance = Files.readSymbolicLink(link).getFileName().toString();
        return parts.directory(instance)
                .read()
                .filter(record -> record.instance().equals(instance))
                .filter(record -> isNamed(record.vm(), link));
    }

    private static boolean isNamed(VmId vm, Path link) {
        return link.endsWith(vm.toString());
    }

    private VmDriver driverFor(InstanceRecord record) throws IOException {
        InstanceDirectory directory = parts.directory(record.instance());
        Optional<GuestProcess> process = directory.process();
        if (process.isPresent()) {
            return new VmDriver(parts, record, process);
        }
        directory.clearProcess(record.vm());
        InstanceRecord seen = withoutProcess(record);
        directory.write(seen);
        return new VmDriver(parts, seen, Optional.empty());
    }

    /** What to think of a VM whose process is not there. */
    private static InstanceRecord withoutProcess(InstanceRecord record) {
        boolean ran = record.phase() == VmPhase.RUNNING;
        if (record.assignment().goal() == VmGoal.RUNNING && ran) {
            return record.ended().in(VmPhase.STOPPED, true, Optional.of(VmObservation.HOST_SHUTDOWN));
        }
        // Not settled: the driver goes on where the earlier one ended.
        return record.ended();
    }

    private static void removeOrphan(InstanceDirectory directory) throws IOException {
        directory.process().ifPresent(GuestProcess::kill);
        directory.deleteDirectory();
    }

    private static List<Path> entriesOf(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.toList();
        }
    }
}
