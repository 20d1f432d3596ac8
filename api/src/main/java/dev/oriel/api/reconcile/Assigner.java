package dev.oriel.api.reconcile;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.host.Host;
import dev.oriel.api.host.Hosts;
import dev.oriel.api.queue.LifecycleEntry;
import dev.oriel.api.queue.LifecycleHandler;
import dev.oriel.api.vm.IsoSource;
import dev.oriel.api.vm.StoredIso;
import dev.oriel.api.vm.UserDataStore;
import dev.oriel.api.vm.Vm;
import dev.oriel.api.vm.VmObservations;
import dev.oriel.api.vm.VmStore;
import dev.oriel.api.vm.Vms;
import dev.oriel.api.vm.WhenUnwatched;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.HostApi;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmState;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/**
 * Gives a VM's present wish to its host, and what the host says to the observations. Level-triggered: it reads the row,
 * does what that says, and may be called any number of times, for any reason, by the queue and by the reconciler.
 */
@Component
class Assigner implements LifecycleHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Assigner.class);
    /** Long enough for a quick start or stop to be answered in the same breath; the watcher tells the rest. */
    private static final Duration WAIT = Duration.ofSeconds(1);

    private final VmStore store;
    private final Vms vms;
    private final VmObservations observations;
    private final Placement placement;
    private final Hosts hosts;
    private final ObjectProvider<IsoSource> isos;
    private final UserDataStore userData;
    private final Duration pauseAfter;

    Assigner(
            VmStore store,
            Vms vms,
            VmObservations observations,
            Placement placement,
            Hosts hosts,
            ObjectProvider<IsoSource> isos,
            UserDataStore userData,
            ApiConfig config) {
        this.store = store;
        this.vms = vms;
        this.observations = observations;
        this.placement = placement;
        this.hosts = hosts;
        this.isos = isos;
        this.userData = userData;
        this.pauseAfter = config.vmLimits().pauseAfter();
    }

    @Override
    public void handle(LifecycleEntry entry) {
        assign(entry.vm(), entry.generation());
    }

    @Override
    public void gaveUp(LifecycleEntry entry) {
        observations.failed(entry.vm(), entry.generation(), "It could not be done.");
    }

    /** Sends the wish of this generation, unless it was overtaken or has settled. */
    void assign(VmId id, long generation) {
        Optional<Vm> found = store.load(id)
                .filter(vm -> vm.generation() == generation)
                .filter(vm -> !vm.settled() && vm.state() != VmState.DELETED);
        if (found.isEmpty()) {
            return;
        }
        Vm vm = found.get();
        try {
            placed(vm).ifPresent(this::send);
        } catch (OrielException e) {
            refused(vm, e);
        }
    }

    /** The VM with a host; empty when it needs none any more, or another thread was faster and the queue comes again. */
    private Optional<Vm> placed(Vm vm) {
        if (vm.host().isPresent()) {
            return Optional.of(vm);
        }
        return switch (vm.desired()) {
            case RUNNING -> observations.place(vm, placement.choose(vm).name());
            case DELETED -> {
                observations.gone(vm);
                yield Optional.empty();
            }
            case STOPPED, SUSPENDED -> {
                observations.neverStarted(vm);
                yield Optional.empty();
            }
        };
    }

    private void send(Vm vm) {
        Host host = vm.host()
                .flatMap(hosts::find)
                .orElseThrow(() -> new OrielException(ErrorCode.HOST_UNREACHABLE, "This host is not configured."));
        if (vm.desired() == VmGoal.RUNNING) {
            vm.iso().ifPresent(digest -> giveImage(host.api(), digest));
            vm.boot().userData().ifPresent(digest -> giveUserData(host.api(), vm.id(), digest));
        }
        VmObservation seen = host.api().ensure(vm.assignment().pausing(pauseAfter(vm)), WAIT);
        host.heard();
        observations.saw(host.name(), seen);
    }

    private Optional<Duration> pauseAfter(Vm vm) {
        return vm.whenUnwatched() == WhenUnwatched.RUN ? Optional.empty() : Optional.of(pauseAfter);
    }

    private void giveImage(HostApi host, ImageDigest digest) {
        if (host.hasImage(digest)) {
            return;
        }
        StoredIso iso = Optional.ofNullable(isos.getIfAvailable())
                .flatMap(source -> source.find(digest))
                .orElseThrow(
                        () -> new OrielException(ErrorCode.BAD_IMAGE, "The disc to boot from is not there any more."));
        try (InputStream content = Files.newInputStream(iso.file())) {
            host.putImage(digest, iso.size(), content);
        } catch (IOException e) {
            throw new OrielException(ErrorCode.BAD_IMAGE, "The disc to boot from cannot be read.", e);
        }
    }

    private void giveUserData(HostApi host, VmId vm, ImageDigest digest) {
        if (host.hasImage(digest)) {
            return;
        }
        byte[] content = userData.find(vm)
                .orElseThrow(() -> new OrielException(ErrorCode.BAD_IMAGE, "Its user data are not there any more."));
        host.putImage(digest, new Bytes(content.length), new ByteArrayInputStream(content));
    }

    /** What a host or the placement answers instead of doing it. */
    private void refused(Vm vm, OrielException e) {
        switch (e.code()) {
            case HOST_UNREACHABLE, SHUTTING_DOWN, UNAVAILABLE ->
                // The reconciler tries again and knows when the host is to be called lost.
                LOG.debug("VM {} waits for its host", vm.id(), e);
            case STALE_GENERATION -> overtake(vm);
            case UNKNOWN_TEMPLATE, TEMPLATE_NOT_READY, NO_CAPACITY, INSUFFICIENT_STORAGE, BAD_IMAGE, BAD_REQUEST -> {
                LOG.info("VM {} fails: {}", vm.id(), e.getMessage());
                observations.failed(vm.id(), vm.generation(), String.valueOf(e.getMessage()));
            }
            default -> throw e;
        }
    }

    /** The host has seen a generation above ours, as after a restore of the database: the wish goes on above that. */
    private void overtake(Vm vm) {
        Optional<VmObservation> seen =
                vm.host().flatMap(hosts::find).flatMap(host -> host.api().observe(vm.id()));
        if (seen.isPresent() && seen.get().generation() > vm.generation()) {
            LOG.warn("VM {}: the host is at a newer generation than the database", vm.id());
            vms.insist(vm.id(), seen.get().generation());
        }
    }
}
