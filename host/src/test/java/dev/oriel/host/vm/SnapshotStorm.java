package dev.oriel.host.vm;

import static org.awaitility.Awaitility.await;

import dev.oriel.core.account.UserId;
import dev.oriel.core.host.SnapshotStatus;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.DiskSource;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * A VM Manager that does nothing but snapshots, restores and deletions of one VM, and says what it has done: {@code ROOT
 * GENERATION SEED} at random until somebody kills it, {@code ROOT GENERATION} each of them once.
 */
final class SnapshotStorm {
    static final VmSpec VM = new VmSpec(
            VmId.of("00000000-0000-4000-8000-00000000abcd"),
            UserId.of("00000000-0000-4000-8000-00000000dcba"),
            new TemplateName("stubborn"),
            1,
            Bytes.ofMiB(32),
            Bytes.ofMiB(64),
            Optional.empty());

    /** Where the stamp lies that tells one content from another. */
    static final int STAMP_AT_KIB = 256;

    static final int STAMP_KIB = 64;

    private final HostBench bench;
    private final DiskBench disks;
    private final Random random;
    private final List<SnapshotId> kept = new ArrayList<>();
    private VmSpec vm = VM;
    private long generation;

    private SnapshotStorm(HostBench bench, long generation, long seed) {
        this.bench = bench;
        this.generation = generation;
        this.disks = new DiskBench(bench);
        this.random = new Random(seed);
    }

    public static void main(String[] arguments) throws Exception {
        HostBench bench = new HostBench(Path.of(arguments[0]));
        long generation = Long.parseLong(arguments[1]);
        if (arguments.length == 2) {
            new SnapshotStorm(bench, generation, generation).round();
            bench.host().close();
            System.exit(0);
        }
        // Not closed: only kill -9 ends it.
        new SnapshotStorm(bench, generation, Long.parseLong(arguments[2])).run();
    }

    private void begin() {
        bench.force(vm, VmGoal.RUNNING, generation++);
        bench.force(vm, VmGoal.STOPPED, generation++);
        bench.host().disk(vm.id()).snapshots().stream().map(SnapshotStatus::id).forEach(kept::add);
        say("ready");
    }

    @SuppressWarnings("InfiniteLoopStatement")
    private void run() throws Exception {
        begin();
        while (true) {
            int stamp = stamp();
            take(stamp);
            if (random.nextBoolean()) {
                bench.force(vm, VmGoal.RUNNING, generation++);
                take(stamp);
                dropSome();
                bench.force(vm, VmGoal.STOPPED, generation++);
            }
            dropSome();
            if (random.nextBoolean() && !kept.isEmpty()) {
                restore(kept.get(random.nextInt(kept.size())));
            }
        }
    }

    /** Everything once, each merge waited for: while the VM rests, into a running guest's disk, and below it. */
    private void round() throws Exception {
        begin();
        SnapshotId oldest = take(stamp());
        SnapshotId middle = take(stamp());
        bench.force(vm, VmGoal.RUNNING, generation++);
        SnapshotId live = take(lastStamp);
        drop(oldest);
        drop(live);
        awaitMerged();
        bench.force(vm, VmGoal.STOPPED, generation++);
        SnapshotId late = take(stamp());
        restore(middle);
        take(stamp());
        drop(late);
        drop(middle);
        awaitMerged();
        say("deleting");
        bench.force(vm, VmGoal.DELETED, generation++);
        say("deleted");
    }

    private int lastStamp;

    private int stamp() throws Exception {
        lastStamp = 1 + random.nextInt(250);
        disks.write(vm, lastStamp, STAMP_AT_KIB, STAMP_KIB);
        return lastStamp;
    }

    private SnapshotId take(int stamp) {
        SnapshotId id = bench.host().takeSnapshot(VM.id(), SnapshotId.random()).id();
        kept.add(id);
        say("took " + id + " " + stamp);
        return id;
    }

    private void dropSome() {
        while (kept.size() > 3) {
            drop(kept.get(random.nextInt(kept.size())));
        }
    }

    private void drop(SnapshotId id) {
        kept.remove(id);
        say("dropping " + id);
        bench.host().dropSnapshot(VM.id(), id);
    }

    private void restore(SnapshotId to) {
        vm = vm.from(new DiskSource(vm.id(), to, generation * 100));
        bench.force(vm, VmGoal.STOPPED, generation++);
    }

    private void awaitMerged() {
        await().atMost(HostBench.WAIT).until(() -> disks.chainOf(vm).mergeable().isEmpty());
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
