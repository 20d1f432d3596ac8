package dev.oriel.api.recording;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.RecordingRules;
import dev.oriel.api.account.Accounts;
import dev.oriel.api.host.Host;
import dev.oriel.api.host.Hosts;
import dev.oriel.api.vm.Vm;
import dev.oriel.api.vm.VmStore;
import dev.oriel.api.vm.Vms;
import dev.oriel.core.account.UserId;
import dev.oriel.core.console.RecordingId;
import dev.oriel.core.console.RecordingStatus;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmState;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Begins and ends recordings. What is wanted is noted first and told to the host's gateway then; what it does not hear
 * now {@link RecordingSweeper} tells it later. Thread-safe.
 */
@Component
public class Recordings {
    private static final Logger LOG = LoggerFactory.getLogger(Recordings.class);
    /** Less room than this is none. */
    private static final long LEAST = 4L << 20;

    private final RecordingStore store;
    private final VmStore vms;
    private final Hosts hosts;
    private final Accounts accounts;
    private final RecordingRules rules;
    private final Clock clock;

    Recordings(RecordingStore store, VmStore vms, Hosts hosts, Accounts accounts, ApiConfig config, Clock clock) {
        this.store = store;
        this.vms = vms;
        this.hosts = hosts;
        this.accounts = accounts;
        this.rules = config.recordings();
        this.clock = clock;
    }

    /** Whether this VM is being recorded: viewers are told. */
    public boolean isRecorded(VmId vm) {
        return store.isRecorded(vm);
    }

    /** Begins to record a running VM for its owner. */
    Recording begin(UserId owner, VmId id) {
        Vm vm = vms.find(owner, id).orElseThrow(Vms::unknown);
        if (vm.state() != VmState.RUNNING) {
            throw Vms.conflict(vm, "Only a running VM can be recorded.");
        }
        return begin(vm, false).orElseThrow(() -> Vms.conflict(vm, "This VM is being recorded already."));
    }

    /** Begins to record; empty when that is done already. */
    Optional<Recording> begin(Vm vm, boolean byTemplate) {
        long room = room(vm.owner());
        if (room < LEAST) {
            throw new OrielException(
                    ErrorCode.QUOTA_EXCEEDED, "Your disk quota has no room for a recording. Delete something first.");
        }
        Recording wanted = new Recording(
                RecordingId.random(),
                vm.id(),
                vm.owner(),
                vm.host().orElseThrow(() -> Vms.conflict(vm, "This VM is on no host.")),
                Recording.State.RECORDING,
                byTemplate,
                Optional.empty(),
                clock.instant().truncatedTo(ChronoUnit.MILLIS),
                Optional.empty(),
                Duration.ZERO,
                new Bytes(0),
                new Bytes(Math.min(room, rules.size().value())));
        if (!store.insert(wanted)) {
            return Optional.empty();
        }
        try {
            tell(wanted);
        } catch (OrielException e) {
            LOG.debug("The gateway hears of recording {} later", wanted.id(), e);
        }
        return Optional.of(wanted);
    }

    /** Bytes that the owner may still take. */
    private long room(UserId owner) {
        return accounts.quota(owner).diskBytes() - accounts.usage(owner).diskBytes();
    }

    /** Whether the owner has more than their quota by now. */
    boolean isOverQuota(UserId owner) {
        return room(owner) < 0;
    }

    /** Has the gateway make it, and notes how it stands. */
    void tell(Recording recording) {
        RecordingStatus now = hostOf(recording)
                .record(recording.vm(), recording.id(), recording.startedAt(), recording.maxSize(), rules.length());
        store.seen(now);
        now.ended().ifPresent(reason -> store.end(recording.id(), reason, clock.instant()));
    }

    List<Recording> list(UserId owner, VmId vm) {
        if (vms.find(owner, vm).isEmpty()) {
            throw Vms.unknown();
        }
        return store.of(owner, vm);
    }

    Recording find(UserId owner, VmId vm, RecordingId id) {
        return store.find(owner, vm, id).orElseThrow(Recordings::unknown);
    }

    /** How its gateway has it; empty while that does not answer. */
    Optional<RecordingStatus> status(Recording recording) {
        try {
            return Optional.of(hostOf(recording).recording(recording.vm(), recording.id()));
        } catch (OrielException e) {
            LOG.debug("Recording {} is shown as last seen", recording.id(), e);
            return Optional.empty();
        }
    }

    byte[] part(Recording recording, int number) {
        return hostOf(recording).recordingPart(recording.vm(), recording.id(), number);
    }

    /** Ends it for its owner; harmless when it has ended. */
    Recording stop(UserId owner, VmId vm, RecordingId id) {
        Recording found = find(owner, vm, id);
        if (found.byTemplate() && found.state() == Recording.State.RECORDING) {
            throw new OrielException(
                    ErrorCode.STATE_CONFLICT, "VMs of this template are recorded as long as they run.");
        }
        end(found, RecordingStatus.STOPPED);
        return find(owner, vm, id);
    }

    /** Ends it. */
    void end(Recording recording, String reason) {
        store.end(recording.id(), reason, clock.instant());
        try {
            Host host = hostOf(recording);
            host.stopRecording(recording.vm(), recording.id());
            store.seen(host.recording(recording.vm(), recording.id()));
        } catch (OrielException e) {
            LOG.debug("The gateway hears of the end of recording {} later", recording.id(), e);
        }
    }

    void delete(UserId owner, VmId vm, RecordingId id) {
        Recording found = find(owner, vm, id);
        if (found.byTemplate() && found.state() == Recording.State.RECORDING) {
            throw new OrielException(
                    ErrorCode.STATE_CONFLICT, "VMs of this template are recorded as long as they run.");
        }
        store.unwanted(id);
        try {
            drop(found);
        } catch (OrielException e) {
            LOG.debug("Recording {} is dropped later", id, e);
        }
    }

    /** Has its gateway forget it, and forgets it. */
    void drop(Recording recording) {
        Optional<Host> host = hosts.find(recording.host());
        if (host.isPresent()) {
            host.get().dropRecording(recording.vm(), recording.id());
        }
        store.remove(recording.id());
    }

    private Host hostOf(Recording recording) {
        return hosts.find(recording.host())
                .orElseThrow(() -> new OrielException(ErrorCode.HOST_UNREACHABLE, "This host is not configured."));
    }

    private static OrielException unknown() {
        return new OrielException(ErrorCode.NOT_FOUND, "There is no such recording.");
    }
}
