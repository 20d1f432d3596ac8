package dev.oriel.api.reconcile;

import dev.oriel.api.loop.Nudge;
import dev.oriel.api.reconcile.ReconcileStore.Due;
import dev.oriel.api.vm.IdempotencyStore;
import dev.oriel.api.vm.Vm;
import dev.oriel.api.vm.VmListener;
import dev.oriel.api.vm.VmObservations;
import dev.oriel.api.vm.VmStore;
import dev.oriel.api.vm.Vms;
import dev.oriel.core.host.HostName;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmState;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Compares what is desired with what hosts hold and sends the next step, every two seconds and on every nudge, whatever
 * was lost on the way: queue entries, answers, hosts, whole Redis. While every VM is as it should be it looks less often,
 * and when one waits for a restart it looks when that is due. One replica at a time does it.
 */
@Component
class Reconciler implements VmListener {
    private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);
    private static final Duration EVERY = Duration.ofSeconds(2);
    private static final Duration EVERY_WHEN_CALM = Duration.ofSeconds(5);
    private static final Duration HOST_GRACE = Duration.ofSeconds(15);
    private static final Duration KEEP_KEYS = Duration.ofHours(24);
    private static final int BATCH = 200;
    private static final int PARALLEL = 32;
    private static final int TURNS_BETWEEN_SWEEPS = 900;

    private final ReconcileStore store;
    private final VmStore rows;
    private final Vms vms;
    private final VmObservations observations;
    private final Assigner assigner;
    private final IdempotencyStore idempotency;
    private final Strangers strangers;
    private final DriftMeter drift;
    private final Clock clock;
    private final TransactionTemplate leading;
    private final TransactionTemplate apart;
    private final Nudge nudge = new Nudge();
    private final Semaphore room = new Semaphore(PARALLEL);
    private final Set<VmId> atWork = ConcurrentHashMap.newKeySet();
    private final AtomicReference<@Nullable Instant> nextRestart = new AtomicReference<>();
    private volatile boolean calm;
    private long turns;

    Reconciler(
            ReconcileStore store,
            VmStore rows,
            Vms vms,
            VmObservations observations,
            Assigner assigner,
            IdempotencyStore idempotency,
            Strangers strangers,
            DriftMeter drift,
            Clock clock,
            PlatformTransactionManager transactions) {
        this.store = store;
        this.rows = rows;
        this.vms = vms;
        this.observations = observations;
        this.assigner = assigner;
        this.idempotency = idempotency;
        this.strangers = strangers;
        this.drift = drift;
        this.clock = clock;
        this.leading = new TransactionTemplate(transactions);
        this.apart = new TransactionTemplate(transactions);
        apart.setPropagationBehavior(TransactionDefinition.PROPAGATION_NOT_SUPPORTED);
    }

    Nudge nudge() {
        return nudge;
    }

    /** One turn of its loop over the hosts of {@code watchers}. */
    void turn(List<HostWatcher> watchers) throws InterruptedException {
        nudge.await(pause());
        // The leader's transaction holds nothing but its lock: every step below is a transaction of its own.
        leading.executeWithoutResult(status -> {
            if (store.lead()) {
                apart.executeWithoutResult(inner -> drift.pass(() -> pass(watchers)));
            }
        });
        ReconcileStore.Census census = store.census();
        drift.count(census.byState());
        calm = census.restless() == 0;
    }

    private Duration pause() {
        Duration longest = calm ? EVERY_WHEN_CALM : EVERY;
        Instant now = clock.instant();
        Instant restart = nextRestart.get();
        if (restart == null || restart.isAfter(now.plus(longest))) {
            return longest;
        }
        nextRestart.compareAndSet(restart, null);
        return restart.isAfter(now) ? Duration.between(now, restart).plusMillis(1) : Duration.ZERO;
    }

    /** Ends the calm, and notes when a VM is to be started again. */
    @Override
    public void heard(Vm now) {
        Optional<Instant> restart = now.restarts().due();
        restart.ifPresent(due ->
                nextRestart.accumulateAndGet(due, (a, b) -> a == null || (b != null && b.isBefore(a)) ? b : a));
        if (restart.isPresent() || (calm && !now.settled())) {
            calm = false;
            nudge.wake();
        }
    }

    private void pass(List<HostWatcher> watchers) {
        Set<HostName> silent = lose(watchers);
        List<HostWatcher> listening = watchers.stream()
                .filter(watcher ->
                        watcher.isComplete() && !silent.contains(watcher.host().name()))
                .toList();
        listening.forEach(this::compare);
        store.toStartAgain(clock.instant()).forEach(this::startAgain);
        store.takeDue(BATCH).forEach(this::resend);
        listening.forEach(strangers::sweep);
        if (turns++ % TURNS_BETWEEN_SWEEPS == 0) {
            idempotency.forget(KEEP_KEYS);
        }
    }

    /** Calls VMs lost whose host has been silent for longer than the grace; gives the silent hosts. */
    private Set<HostName> lose(List<HostWatcher> watchers) {
        Set<HostName> answering = watchers.stream()
                .filter(watcher -> watcher.host().silence().compareTo(HOST_GRACE) <= 0)
                .map(watcher -> watcher.host().name())
                .collect(Collectors.toSet());
        Set<HostName> silent =
                store.hosts().stream().filter(host -> !answering.contains(host)).collect(Collectors.toSet());
        for (HostName host : silent) {
            for (VmId vm : store.losable(host)) {
                drift.found("host-lost");
                observations.hostLost(vm);
            }
        }
        return silent;
    }

    /** Compares one host's holdings with the rows that say they are there. */
    private void compare(HostWatcher watcher) {
        Map<VmId, VmObservation> holds = watcher.holds();
        List<Vm> news = new ArrayList<>();
        for (Vm vm : rows.onHost(watcher.host().name())) {
            VmObservation seen = holds.get(vm.id());
            if (seen == null) {
                missing(watcher, vm);
            } else if (observations.isNews(vm, seen)) {
                news.add(vm);
            } else if (runsUnwanted(vm, seen)) {
                runsUnwanted(watcher, vm);
            }
        }
        observations.sawAll(watcher.host().name(), news, holds);
    }

    private static boolean runsUnwanted(Vm vm, VmObservation seen) {
        return vm.settled() && vm.desired() == VmGoal.STOPPED && seen.phase() == VmPhase.RUNNING;
    }

    private void runsUnwanted(HostWatcher watcher, Vm vm) {
        // The list may be older than the row: asked once more.
        watcher.host()
                .api()
                .observe(vm.id())
                .filter(now -> runsUnwanted(vm, now))
                .ifPresent(now -> {
                    LOG.warn("VM {} runs though it should not: told again", vm.id());
                    drift.found("runs-unwanted");
                    vms.insist(vm.id(), now.generation());
                });
    }

    /** A VM that should be on its host is not in the list. */
    private void missing(HostWatcher watcher, Vm vm) {
        if (vm.settled()
                && hasProcess(vm.state())
                && watcher.host().api().observe(vm.id()).isEmpty()) {
            LOG.warn("VM {} is gone from its host", vm.id());
            drift.found("missing");
            observations.endedByHost(vm);
        }
    }

    private static boolean hasProcess(VmState state) {
        return switch (state) {
            case PROVISIONING, STARTING, RUNNING, SUSPENDING, STOPPING, LOST -> true;
            case REQUESTED, SUSPENDED, STOPPED, FAILED, DELETING, DELETED -> false;
        };
    }

    private void startAgain(VmId id) {
        LOG.info("VM {} starts again: it had ended without its owner's wish", id);
        drift.found("start-again");
        vms.startAgain(id);
    }

    private void resend(Due due) {
        // Without room it is due again in a few seconds.
        if (!room.tryAcquire()) {
            return;
        }
        if (!atWork.add(due.vm())) {
            room.release();
            return;
        }
        drift.found("resend");
        Thread.ofVirtual().name("reconcile-" + due.vm()).start(() -> {
            try {
                assigner.assign(due.vm(), due.generation());
            } catch (RuntimeException e) {
                LOG.warn("VM {} cannot be brought to what is wished: {}", due.vm(), e.toString());
            } finally {
                room.release();
                atWork.remove(due.vm());
            }
        });
    }
}
