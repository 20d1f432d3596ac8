package dev.oriel.api.host;

import dev.oriel.api.ApiConfig;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.HostName;
import dev.oriel.core.host.ShapeStatus;
import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.vm.TemplateName;
import jakarta.annotation.PreDestroy;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** All hosts of the configuration. Thread-safe. */
@Component
public class Hosts {
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();
    private final Map<HostName, Host> byName = new LinkedHashMap<>();

    Hosts(ApiConfig config) {
        config.hosts().forEach(target -> byName.put(target.name(), new Host(target, client)));
    }

    public List<Host> all() {
        return List.copyOf(byName.values());
    }

    public Optional<Host> find(HostName name) {
        return Optional.ofNullable(byName.get(name));
    }

    /**
     * The templates of all hosts that answer, in their order: ready where any host has it ready.
     *
     * @throws OrielException {@code HOST_UNREACHABLE} when no host answers or ever did
     */
    public List<TemplateStatus> templates() {
        Map<TemplateName, TemplateStatus> merged = new LinkedHashMap<>();
        List<OrielException> failures = new ArrayList<>();
        for (Host host : byName.values()) {
            try {
                host.templates().forEach(status -> merged.merge(status.name(), status, Hosts::better));
            } catch (OrielException e) {
                failures.add(e);
            }
        }
        if (merged.isEmpty() && (!failures.isEmpty() || byName.isEmpty())) {
            throw new OrielException(ErrorCode.HOST_UNREACHABLE, "No host answers.");
        }
        return List.copyOf(merged.values());
    }

    /**
     * Stops here when disks are too full for anything new: that of {@code chosen}, or of every host that answers.
     *
     * @throws OrielException {@code INSUFFICIENT_STORAGE}
     */
    public void requireDisk(Optional<HostName> chosen) {
        List<Boolean> low = byName.values().stream()
                .filter(host -> chosen.isEmpty() || chosen.get().equals(host.name()))
                .flatMap(host -> isLow(host).stream())
                .toList();
        if (!low.isEmpty() && low.stream().allMatch(Boolean::booleanValue)) {
            throw new OrielException(ErrorCode.INSUFFICIENT_STORAGE, "There is not enough disk space left for this.");
        }
    }

    private static Optional<Boolean> isLow(Host host) {
        try {
            return Optional.of(host.info().diskLow());
        } catch (OrielException e) {
            return Optional.empty();
        }
    }

    private static TemplateStatus better(TemplateStatus a, TemplateStatus b) {
        TemplateStatus best =
                (b.ready() && !a.ready()) || (b.ready() == a.ready() && b.progress() > a.progress()) ? b : a;
        return new TemplateStatus(
                best.name(),
                best.title(),
                best.description(),
                best.cpus(),
                best.memory(),
                best.disk(),
                best.ready(),
                best.progress(),
                best.step(),
                best.failed(),
                best.instant(),
                a.poolReady() + b.poolReady(),
                a.poolTarget() + b.poolTarget(),
                better(a.shapes(), b.shapes()));
    }

    /** Each of either; of two that are alike the one that VMs start from at once. */
    private static List<ShapeStatus> better(List<ShapeStatus> a, List<ShapeStatus> b) {
        Stream<ShapeStatus> left =
                a.stream().filter(one -> one.instant() || b.stream().noneMatch(other -> one.isLike(other)));
        Stream<ShapeStatus> right =
                b.stream().filter(one -> a.stream().noneMatch(other -> one.isLike(other) && other.instant()));
        return Stream.concat(left, right).toList();
    }

    @PreDestroy
    void close() {
        client.shutdownNow();
    }
}
