package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.host.SnapshotStatus;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.vm.DiskSource;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.disk.DiskChain;
import dev.oriel.host.disk.DiskLayer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * kill -9 of the VM Manager while it takes, restores, deletes and merges snapshots: the next one finishes or undoes what
 * was begun. Everything that was acknowledged is there, byte for byte, and no file is left that nobody knows.
 */
@ExtendWith(FreshBench.class)
class SnapshotCrashIT {
    /** {@code ./oriel test --long} asks for more. */
    private static final int STORMS = Integer.getInteger("oriel.test.snapshot-crashes", 1);

    /** How many of the steps are tried; as many as there are, and every one is, once each. */
    private static final int STEPS = Integer.getInteger("oriel.test.snapshot-steps", 3);

    private static final int LONGEST_LIFE_MILLIS = 2500;

    /** About as many as a round has; one that is not there is a round that ends by itself. */
    private static final int ABOUT = 180;

    private final Random random = new Random();
    private final Map<SnapshotId, Integer> promised = new HashMap<>();
    private final HostBench bench;
    private long generation;

    SnapshotCrashIT(HostBench bench) {
        this.bench = bench;
    }

    @Test
    void managerKilledAtAnyMoment_losesNoAcknowledgedSnapshot_andLeavesNoFileThatNobodyKnows() throws Exception {
        Map<Path, ImageDigest> bases = bases();
        for (int storm = 0; storm < STORMS; storm++) {
            long seed = random.nextLong();
            KilledManager manager = new KilledManager(bench.root());
            nextGeneration();
            bench.restart(() -> note(manager.forMillis(generation, seed, random.nextInt(LONGEST_LIFE_MILLIS))));
            examine("seed " + seed);
        }
        assertThat(bases()).isEqualTo(bases);
    }

    @Test
    void managerKilledBeforeAnyStep_losesNoAcknowledgedSnapshot_andLeavesNoFileThatNobodyKnows() throws Exception {
        Map<Path, ImageDigest> bases = bases();
        new StepSweep(STEPS, ABOUT, 80).over(this::oneLife);
        assertThat(bases()).isEqualTo(bases);
    }

    private KilledManager.Life oneLife(int step) throws Exception {
        KilledManager.Life[] lived = new KilledManager.Life[1];
        nextGeneration();
        bench.restart(() -> lived[0] = new KilledManager(bench.root()).untilStep(generation, step));
        String name = "step " + step + ", having said " + lived[0].said();
        assertThat(lived[0].steps()).as(name).isPositive();
        note(lived[0]);
        if (lived[0].said("deleting")) {
            promised.clear();
        } else {
            examine(name);
        }
        delete(name);
        return lived[0];
    }

    private void note(KilledManager.Life life) {
        for (String line : life.said()) {
            String[] words = line.split(" ");
            if (words[0].equals("took")) {
                promised.put(SnapshotId.of(words[1]), Integer.valueOf(words[2]));
            } else if (words[0].equals("dropping")) {
                promised.remove(SnapshotId.of(words[1]));
            }
        }
    }

    private void examine(String name) throws Exception {
        VmSpec vm = SnapshotStorm.VM;
        nextGeneration();
        assertThat(bench.force(vm, VmGoal.STOPPED, generation++).phase())
                .as(name)
                .isEqualTo(VmPhase.STOPPED);
        if (promised.isEmpty() && !Files.exists(bench.runDirectory(vm).resolve("disk.json"))) {
            return; // killed before the VM had a disk
        }
        List<SnapshotId> there = bench.host().disk(vm.id()).snapshots().stream()
                .map(SnapshotStatus::id)
                .toList();
        assertThat(there).as(name).containsAll(promised.keySet());
        for (Map.Entry<SnapshotId, Integer> each : promised.entrySet()) {
            VmSpec back = vm.from(new DiskSource(vm.id(), each.getKey(), generation * 100 + 50));
            assertThat(bench.force(back, VmGoal.STOPPED, generation++).phase()).isEqualTo(VmPhase.STOPPED);
            assertThat(new DiskBench(bench)
                            .reads(vm, each.getValue(), SnapshotStorm.STAMP_AT_KIB, SnapshotStorm.STAMP_KIB))
                    .as("%s: the bytes of a snapshot", name)
                    .isTrue();
        }
        assertThat(bench.force(vm, VmGoal.RUNNING, generation++).phase())
                .as(name)
                .isEqualTo(VmPhase.RUNNING);
        assertThat(bench.force(vm, VmGoal.STOPPED, generation++).phase()).isEqualTo(VmPhase.STOPPED);
        await().atMost(HostBench.WAIT)
                .untilAsserted(() -> assertThat(strayFiles(vm)).as(name).isEmpty());
    }

    private void delete(String name) throws Exception {
        VmSpec vm = SnapshotStorm.VM;
        assertThat(bench.force(vm, VmGoal.DELETED, nextGeneration()).phase())
                .as(name)
                .isEqualTo(VmPhase.GONE);
        await().atMost(HostBench.WAIT)
                .untilAsserted(() -> assertThat(bench.leftovers()).as(name).isEmpty());
        promised.clear();
    }

    /** Tombstones outlive the VM. */
    private long nextGeneration() {
        generation = Math.max(
                generation + 1,
                bench.host()
                                .observe(SnapshotStorm.VM.id())
                                .map(seen -> seen.generation())
                                .orElse(0L)
                        + 1);
        return generation;
    }

    private Map<Path, ImageDigest> bases() throws Exception {
        Map<Path, ImageDigest> found = new HashMap<>();
        try (var files = Files.list(bench.data().resolve("vms/base"))) {
            for (Path file : files.toList()) {
                found.put(file, HostBench.digestOf(file));
            }
        }
        return found;
    }

    /** Files in the owner's directory that neither the chain nor the VM's name accounts for. */
    private List<Path> strayFiles(VmSpec vm) throws Exception {
        DiskChain chain = new DiskBench(bench).chainOf(vm);
        List<Path> known = chain.layers().stream().map(DiskLayer::path).toList();
        try (var files = Files.list(bench.data().resolve("vms/users/" + vm.owner()))) {
            return files.filter(file -> !known.contains(file))
                    .filter(file -> !file.getFileName().toString().equals(vm.id() + ".qcow2"))
                    .toList();
        }
    }
}
