package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.core.host.TemplateImport;
import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * kill -9 of the VM Manager just before any step of the import of a template, its start and its removal of that: asked
 * again, the next one has the whole template, and nothing is left of it afterwards.
 */
@ExtendWith(FreshBench.class)
class TemplateCrashIT {
    /** How many of the steps are tried, at random; {@code ./oriel test --long} asks for all, each once. */
    private static final int STEPS = Integer.getInteger("oriel.test.import-steps", 2);

    /** About as many as a life has. */
    private static final int ABOUT = 45;

    private final HostBench bench;

    TemplateCrashIT(HostBench bench) {
        this.bench = bench;
    }

    @Test
    void managerKilledBeforeAnyStepOfAnImport_hasTheWholeTemplateNextTime_andLeavesNothing() throws Exception {
        TemplateImport wish = TemplateStorm.wish(bench.root());
        Set<Path> bases = files("vms/base");
        new StepSweep(STEPS, ABOUT, 15).over(step -> {
            KilledManager.Life[] lived = new KilledManager.Life[1];
            bench.restart(() -> lived[0] = new KilledManager(bench.root(), TemplateStorm.class, "").untilStep(1, step));
            examine("step " + step + ", having said " + lived[0].said(), wish);
            assertThat(files("vms/base")).isEqualTo(bases);
            if (lived[0].steps() < step) {
                assertThat(lived[0].said()).as("a life that nobody cut short").contains("dropped");
            }
            return lived[0];
        });
    }

    private void examine(String name, TemplateImport wish) throws Exception {
        TemplateStorm.give(bench);
        TemplateStatus status = TemplateStorm.awaitReady(bench, wish);
        assertThat(status.ready()).as("%s: %s", name, status).isTrue();
        VmSpec vm = new VmSpec(
                VmId.random(),
                HostBench.spec(BootSector.POLITE).owner(),
                wish.name(),
                1,
                wish.memory(),
                wish.disk(),
                Optional.empty());
        assertThat(bench.force(vm, VmGoal.RUNNING, 1).phase()).as(name).isEqualTo(VmPhase.RUNNING);
        assertThat(bench.force(vm, VmGoal.STOPPED, 2).phase()).as(name).isEqualTo(VmPhase.STOPPED);
        assertThat(new DiskBench(bench).contentOf(vm)).as(name).isEqualTo(wish.source());
        assertThat(bench.force(vm, VmGoal.DELETED, 3).phase()).as(name).isEqualTo(VmPhase.GONE);
        bench.host().dropTemplate(wish.name());
        bench.host().collectImages();
        assertThat(bench.leftovers()).as(name).isEmpty();
    }

    private Set<Path> files(String directory) throws Exception {
        try (var found = Files.list(bench.data().resolve(directory))) {
            return new HashSet<>(found.toList());
        }
    }
}
