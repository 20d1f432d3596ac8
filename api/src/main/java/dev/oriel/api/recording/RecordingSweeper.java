package dev.oriel.api.recording;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.RecordingRules;
import dev.oriel.api.host.Host;
import dev.oriel.api.host.Hosts;
import dev.oriel.api.vm.Vm;
import dev.oriel.api.vm.VmStore;
import dev.oriel.core.console.RecordingId;
import dev.oriel.core.console.RecordingStatus;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.vm.VmState;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Brings Postgres and the gateways together about recordings: begins what a template's rule asks for, repeats wants, ends
 * what its VM, the quota or the rules end, removes what is old, unwanted or unknown. Every replica may do it at any time.
 */
@Component
class RecordingSweeper {
    private static final Logger LOG = LoggerFactory.getLogger(RecordingSweeper.class);
    /** Longer than noting and telling take together. */
    private static final Duration GRACE = Duration.ofMinutes(1);
    /** A VM in one of these will not go on by itself. */
    private static final Set<VmState> RESTING =
            EnumSet.of(VmState.STOPPED, VmState.SUSPENDED, VmState.FAILED, VmState.DELETED);

    private final RecordingStore store;
    private final Recordings recordings;
    private final VmStore vms;
    private final Hosts hosts;
    private final RecordingRules rules;
    private final Clock clock;

    RecordingSweeper(
            RecordingStore store, Recordings recordings, VmStore vms, Hosts hosts, ApiConfig config, Clock clock) {
        this.store = store;
        this.recordings = recordings;
        this.vms = vms;
        this.hosts = hosts;
        this.rules = config.recordings();
        this.clock = clock;
    }

    @Scheduled(initialDelay = 3, fixedDelay = 3, timeUnit = TimeUnit.SECONDS)
    void sweep() {
        try {
            if (!rules.templates().isEmpty()) {
                store.toBeRecorded(rules.templates()).forEach(id -> vms.load(id).ifPresent(this::begin));
            }
            store.inState(Recording.State.RECORDING).forEach(this::goOn);
            store.unwantedBefore(clock.instant().minus(rules.kept()));
            store.inState(Recording.State.DELETING).forEach(this::drop);
        } catch (DataAccessException e) {
            LOG.debug("Postgres does not answer", e);
        }
    }

    @Scheduled(initialDelay = 20, fixedDelay = 30, timeUnit = TimeUnit.SECONDS)
    void compare() {
        try {
            hosts.all().forEach(this::compare);
        } catch (DataAccessException e) {
            LOG.debug("Postgres does not answer", e);
        }
    }

    private void begin(Vm vm) {
        try {
            recordings.begin(vm, true);
        } catch (OrielException e) {
            LOG.warn("VM {} is not recorded though its template asks for it: {}", vm.id(), e.toString());
        }
    }

    private void goOn(Recording recording) {
        try {
            if (vms.load(recording.vm()).map(vm -> RESTING.contains(vm.state())).orElse(true)) {
                recordings.end(recording, RecordingStatus.VM_GONE);
            } else if (recordings.isOverQuota(recording.owner())) {
                recordings.end(recording, RecordingStatus.FULL);
            } else {
                recordings.tell(recording);
            }
        } catch (OrielException e) {
            LOG.debug("Recording {} is looked after later", recording.id(), e);
        }
    }

    private void drop(Recording recording) {
        try {
            recordings.drop(recording);
        } catch (OrielException e) {
            LOG.debug("Recording {} is dropped later", recording.id(), e);
        }
    }

    private void compare(Host host) {
        try {
            Map<RecordingId, Recording> known =
                    store.onHost(host.name()).stream().collect(Collectors.toMap(Recording::id, Function.identity()));
            for (RecordingStatus there : host.recordings()) {
                Recording recording = known.get(there.id());
                boolean old = there.startedAt().isBefore(clock.instant().minus(GRACE));
                if (recording == null && old) {
                    LOG.info("Host {} holds a recording that nobody knows: dropped", host.name());
                    host.dropRecording(there.vm(), there.id());
                } else if (recording != null
                        && recording.state() == Recording.State.ENDED
                        && there.ended().isEmpty()) {
                    host.stopRecording(there.vm(), there.id());
                }
            }
        } catch (OrielException e) {
            LOG.debug("Host {} does not tell about recordings", host.name(), e);
        }
    }
}
