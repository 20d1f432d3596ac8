package dev.oriel.host.metrics;

import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.HostApi;
import dev.oriel.core.host.HostInfo;
import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.host.metrics.Metrics.Sample;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** What a host says about itself, as gauges read at every scrape; {@code oriel_host_up 0} when it cannot say. */
public final class HostGauges {
    private final HostApi host;

    private HostGauges(HostApi host) {
        this.host = host;
    }

    public static void register(Metrics metrics, HostApi host) {
        HostGauges gauges = new HostGauges(host);
        metrics.gauge("oriel_host_up", "Whether the host answers about itself.", gauges::up);
        metrics.gauge(
                "oriel_host_info",
                "The host's accelerator and QEMU version; always 1.",
                gauges.asked(info -> List.of(Sample.of(
                        1,
                        "host",
                        info.name().value(),
                        "accelerator",
                        info.accelerator(),
                        "qemu",
                        info.qemuVersion()))));
        gauges.number(metrics, "oriel_host_vms", "VMs with a process now.", HostInfo::vms);
        gauges.number(metrics, "oriel_host_vms_limit", "Most VMs with a process at once.", HostInfo::maxVms);
        gauges.number(metrics, "oriel_host_cpus", "Usable processors.", HostInfo::cpus);
        gauges.number(
                metrics,
                "oriel_host_memory_bytes",
                "Physical memory.",
                info -> info.memory().value());
        gauges.number(
                metrics,
                "oriel_host_memory_available_bytes",
                "Memory the kernel calls available.",
                info -> info.memoryFree().value());
        gauges.number(
                metrics,
                "oriel_host_disk_free_bytes",
                "Free space on the file system of the overlays.",
                info -> info.diskFree().value());
        metrics.gauge("oriel_host_vms_by_phase", "VMs this host holds, by phase.", gauges::phases);
        gauges.templates(
                metrics,
                "oriel_host_template_ready",
                "Whether VMs can be made from the template.",
                template -> template.ready() ? 1 : 0);
        gauges.templates(
                metrics,
                "oriel_host_template_build_failed",
                "Whether the template's build gave up.",
                template -> template.failed() ? 1 : 0);
        gauges.templates(
                metrics,
                "oriel_host_template_build_ratio",
                "Progress of the template's build, 0 to 1.",
                template -> template.progress() / 100.0);
    }

    private List<Sample> up() {
        return asked(_ -> List.of(Sample.of(1))).get().isEmpty() ? List.of(Sample.of(0)) : List.of(Sample.of(1));
    }

    private void number(Metrics metrics, String name, String help, ToDoubleFunction<HostInfo> value) {
        metrics.gauge(name, help, asked(info -> List.of(Sample.of(value.applyAsDouble(info)))));
    }

    private void templates(Metrics metrics, String name, String help, ToDoubleFunction<TemplateStatus> value) {
        metrics.gauge(
                name,
                help,
                quiet(() -> host.templates().stream()
                        .map(template -> Sample.of(
                                value.applyAsDouble(template),
                                "template",
                                template.name().value()))
                        .toList()));
    }

    private List<Sample> phases() {
        return quiet(() -> {
                    Map<VmPhase, Integer> counts = new EnumMap<>(VmPhase.class);
                    for (VmObservation vm : host.changes(0, Duration.ZERO).vms()) {
                        counts.merge(vm.phase(), 1, Integer::sum);
                    }
                    return counts.entrySet().stream()
                            .map(entry -> Sample.of(entry.getValue(), "phase", word(entry.getKey())))
                            .toList();
                })
                .get();
    }

    private Supplier<List<Sample>> asked(Function<HostInfo, List<Sample>> samples) {
        return quiet(() -> samples.apply(host.info()));
    }

    /** A host that cannot answer has no samples: the scrape itself must not fail. */
    private static Supplier<List<Sample>> quiet(Supplier<List<Sample>> samples) {
        return () -> {
            try {
                return samples.get();
            } catch (OrielException e) {
                return List.of();
            }
        };
    }

    private static String word(VmPhase phase) {
        return phase.name().toLowerCase(java.util.Locale.ROOT);
    }
}
