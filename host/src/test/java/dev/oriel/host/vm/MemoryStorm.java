package dev.oriel.host.vm;

import dev.oriel.core.account.UserId;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.DiskSource;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;

/**
 * A VM Manager that suspends, resumes and forks one VM, each once, and says what it has done: {@code ROOT GENERATION}.
 * With generation 0 it only freezes its templates.
 */
final class MemoryStorm {
    static final Map<String, String> SETTINGS = Map.of(
            "oriel.host.instant", "true",
            "oriel.host.pool", "polite=0",
            "oriel.host.freeze-rest", "1s");

    static final VmSpec VM = spec("00000000-0000-4000-8000-00000000ab01");
    static final SnapshotId MOMENT = SnapshotId.of("00000000-0000-4000-8000-00000000ab02");
    static final VmSpec CHILD = spec("00000000-0000-4000-8000-00000000ab03").from(new DiskSource(VM.id(), MOMENT, 1));

    private MemoryStorm() {}

    public static void main(String[] arguments) throws Exception {
        HostBench bench = new HostBench(Path.of(arguments[0]), SETTINGS);
        long generation = Long.parseLong(arguments[1]);
        if (generation == 0) {
            say("freezing");
            awaitFrozen(bench);
            say("frozen");
        } else {
            round(bench, generation);
        }
        bench.host().close();
        System.exit(0);
    }

    /** Waits until every template is instant. */
    static void awaitFrozen(HostBench bench) {
        Awaitility.await("frozen templates")
                .atMost(Duration.ofSeconds(60))
                .until(() -> bench.host().templates().stream()
                                .filter(status -> status.instant())
                                .count()
                        == BootSector.values().length);
    }

    private static void round(HostBench bench, long generation) {
        say("suspending");
        bench.ensure(VM, VmGoal.SUSPENDED, generation);
        say("suspended");
        bench.ensure(VM, VmGoal.RUNNING, generation + 1);
        say("resumed");
        var _ = bench.host().takeSnapshot(VM.id(), MOMENT, true);
        say("kept");
        bench.ensure(CHILD, VmGoal.RUNNING, generation);
        say("forked");
        bench.host().dropSnapshot(VM.id(), MOMENT);
        say("dropped");
    }

    private static VmSpec spec(String id) {
        return new VmSpec(
                VmId.of(id),
                UserId.of("00000000-0000-4000-8000-00000000ab00"),
                new TemplateName("stubborn"),
                1,
                Bytes.ofMiB(32),
                Bytes.ofMiB(64),
                Optional.empty());
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
