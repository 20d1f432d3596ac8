package dev.oriel.api.vm;

import dev.oriel.api.account.Quota;
import dev.oriel.api.account.Quotas;
import dev.oriel.api.account.Turns;
import dev.oriel.api.account.Usage;
import dev.oriel.api.http.FieldError;
import dev.oriel.api.http.IfMatch;
import dev.oriel.api.queue.Outbox;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.HostName;
import dev.oriel.core.vm.DiskSource;
import dev.oriel.core.vm.Outcome;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmCommand;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmLifecycle;
import dev.oriel.core.vm.VmState;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What owners wish of their VMs. Every wish is one transaction: the row, its quota and the outbox entry together or not
 * at all; hosts do the work later. Thread-safe.
 */
@Component
public class Vms {
    private final VmStore store;
    private final Quotas quotas;
    private final Turns turns;
    private final HostGuess hosts;
    private final VmQuotaStore used;
    private final IdempotencyStore idempotency;
    private final UserDataStore userData;
    private final Outbox outbox;
    private final VmNews news;
    private final TransactionTemplate transaction;

    Vms(
            VmStore store,
            Quotas quotas,
            Turns turns,
            HostGuess hosts,
            VmQuotaStore used,
            IdempotencyStore idempotency,
            UserDataStore userData,
            Outbox outbox,
            VmNews news,
            PlatformTransactionManager transactions) {
        this.store = store;
        this.quotas = quotas;
        this.turns = turns;
        this.hosts = hosts;
        this.used = used;
        this.idempotency = idempotency;
        this.userData = userData;
        this.outbox = outbox;
        this.news = news;
        this.transaction = new TransactionTemplate(transactions);
    }

    /** An {@code Idempotency-Key} and the fingerprint of the request that came with it. */
    record Once(String key, String fingerprint) {}

    /** Makes a VM, or gives the one that the same {@code once} made before. */
    Vm create(UserId owner, NewVm wanted, Optional<Once> once) {
        // Outside of the transaction: it may ask a host, and nobody is to wait for that under a lock.
        Optional<HostName> host =
                wanted.from().isPresent() ? wanted.from().get().vm().host() : hosts.guess(wanted.template());
        try {
            return turns.in(owner, () -> {
                VmId id = VmId.random();
                Optional<Vm> made = once.flatMap(key -> madeBefore(owner, key, id));
                return made.isPresent() ? made.get() : insert(owner, id, wanted, host);
            });
        } catch (DuplicateKeyException e) {
            throw nameInUse();
        }
    }

    /** What {@code once} made before, whatever has become since of the things that the request names. */
    Optional<Vm> madeBefore(UserId owner, Once once) {
        return idempotency.find(owner, once.key()).flatMap(made -> same(made, once));
    }

    private Optional<Vm> madeBefore(UserId owner, Once once, VmId id) {
        return idempotency
                .claim(owner, once.key(), new IdempotencyStore.Made(once.fingerprint(), id))
                .flatMap(made -> same(made, once));
    }

    private Optional<Vm> same(IdempotencyStore.Made made, Once once) {
        if (!made.fingerprint().equals(once.fingerprint())) {
            throw new OrielException(
                    ErrorCode.IDEMPOTENCY_MISMATCH, "This Idempotency-Key was used for a different request.");
        }
        return store.load(made.vm());
    }

    private Vm insert(UserId owner, VmId id, NewVm wanted, Optional<HostName> host) {
        Quota quota = quotas.lockToRun(owner);
        int mib = wanted.memory().toMiB();
        quota.require(
                used.usage(owner),
                new Usage(1, wanted.cpus(), mib, wanted.disk().value()));
        Vm vm = store.insert(new Vm(
                id,
                owner,
                wanted.name().orElseGet(() -> freeName(owner, wanted.template().shown())),
                wanted.labels(),
                wanted.template(),
                wanted.cpus(),
                wanted.memory(),
                wanted.disk(),
                wanted.iso(),
                wanted.from().map(from -> new DiskSource(from.vm().id(), from.snapshot(), 1)),
                new Vm.Boot(wanted.userData().map(UserDataStore::digestOf), wanted.firmware()),
                wanted.whenUnwatched(),
                Vm.Restarts.by(wanted.restartPolicy()),
                Vm.Wish.TO_RUN,
                VmState.REQUESTED,
                host,
                false,
                Vm.Seen.NOTHING,
                Vm.Expiry.NEVER,
                Optional.empty(),
                Instant.EPOCH,
                wanted.from().map(from -> from.vm().id()),
                1));
        wanted.userData().ifPresent(content -> userData.put(id, content));
        outbox.add(id, vm.generation());
        news.tellMade(vm);
        return vm;
    }

    /** {@code tiny-1}, or the first number that is free, whatever the case. The caller holds the lock on the account. */
    private String freeName(UserId owner, String stem) {
        Set<String> taken = store.names(owner, stem + "-").stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
        int number = 1;
        while (taken.contains((stem + "-" + number).toLowerCase(Locale.ROOT))) {
            number++;
        }
        return stem + "-" + number;
    }

    Vm start(UserId owner, VmId id) {
        return toRun(owner, id, new VmCommand.Start(), (vm, to) -> vm.wishing(to, VmGoal.RUNNING, false));
    }

    Vm restart(UserId owner, VmId id, boolean force) {
        return turns.in(owner, () -> {
            Vm vm = toRun(owner, id, new VmCommand.Restart(), (now, to) -> now.restarting(to, force));
            boolean patient = !vm.wish().force() && !vm.settled() && vm.wish().restart() == vm.generation();
            return force && patient ? wish(vm, vm.restartingByForce()) : vm;
        });
    }

    Vm reset(UserId owner, VmId id) {
        return toRun(owner, id, new VmCommand.Reset(), Vm::resetting);
    }

    /** Puts a VM's memory aside: it goes on from there when it is resumed, and costs only disk until then. */
    Vm suspend(UserId owner, VmId id) {
        return turns.in(owner, () -> {
            Vm vm = locked(owner, id);
            return move(vm, new VmCommand.Suspend())
                    .map(to -> wish(vm, vm.wishing(to, VmGoal.SUSPENDED, false)))
                    .orElse(vm);
        });
    }

    Vm resume(UserId owner, VmId id) {
        return toRun(owner, id, new VmCommand.Resume(), (now, to) -> now.wishing(to, VmGoal.RUNNING, false));
    }

    /** A wish that ends in a running VM: one that was not wanted to run needs room in the quota. */
    private Vm toRun(UserId owner, VmId id, VmCommand command, BiFunction<Vm, VmState, Vm> wish) {
        return turns.in(owner, () -> {
            Quota quota = quotas.lock(owner);
            Vm vm = locked(owner, id);
            return move(vm, command)
                    .map(to -> {
                        if (vm.desired() != VmGoal.RUNNING) {
                            Usage more = new Usage(1, vm.cpus(), vm.memory().toMiB(), 0);
                            quotas.requireBudget(owner);
                            quota.require(used.usage(owner), more);
                        }
                        return wish(vm, wish.apply(vm, to));
                    })
                    .orElse(vm);
        });
    }

    Vm stop(UserId owner, VmId id, boolean force) {
        return turns.in(owner, () -> {
            Vm vm = locked(owner, id);
            Optional<VmState> to = move(vm, new VmCommand.Stop(force));
            boolean harder =
                    vm.state() == VmState.STOPPING && force && !vm.wish().force();
            return to.isPresent() || harder ? wish(vm, vm.wishing(to.orElse(vm.state()), VmGoal.STOPPED, force)) : vm;
        });
    }

    Vm delete(UserId owner, VmId id, IfMatch match) {
        return turns.in(owner, () -> {
            Vm vm = locked(owner, id);
            match.check(vm.revision());
            removeUserData(vm);
            return move(vm, new VmCommand.Delete())
                    .map(to -> wish(vm, vm.wishing(to, VmGoal.DELETED, true)))
                    .orElse(vm);
        });
    }

    /** Changes settings. Hardware counts from the next start, for the quota at once. */
    Vm change(UserId owner, VmId id, VmChange change, IfMatch match) {
        try {
            return turns.in(owner, () -> {
                Quota quota = quotas.lock(owner);
                Vm vm = locked(owner, id);
                match.check(vm.revision());
                Vm next = vm.changed(change);
                if (next.disk().compareTo(vm.disk()) < 0) {
                    throw FieldError.problem(
                            "diskGiB", "must be at least " + vm.disk().toGiB() + ": disks only grow");
                }
                if (!next.spec().equals(vm.spec())) {
                    quota.require(used.usage(owner), more(vm, next));
                }
                if (next.equals(vm)) {
                    return vm;
                }
                // Its host must know at once; everything else counts from the next start.
                return next.whenUnwatched() != vm.whenUnwatched() && vm.desired() == VmGoal.RUNNING
                        ? wish(vm, next.insisting(vm.generation()))
                        : write(vm, givesUp(vm, next) ? next.resting() : next);
            });
        } catch (DuplicateKeyException e) {
            throw nameInUse();
        }
    }

    /** Whether {@code vm} waits for a restart that it is not to get any more. */
    private static boolean givesUp(Vm vm, Vm next) {
        return vm.restarts().due().isPresent()
                && next.restarts().policy() == RestartPolicy.NEVER
                && vm.state() != VmState.RUNNING;
    }

    /** What {@code next} uses beyond {@code vm}: processors and memory only count while it is to run. */
    private static Usage more(Vm vm, Vm next) {
        long disk = next.disk().value() - vm.disk().value();
        return vm.desired() == VmGoal.RUNNING
                ? new Usage(
                        0,
                        next.cpus() - vm.cpus(),
                        next.memory().toMiB() - vm.memory().toMiB(),
                        disk)
                : new Usage(0, 0, 0, disk);
    }

    /** Starts a VM again that ended and is still wanted to run; nothing when that is no longer so. */
    public Optional<Vm> startAgain(VmId id) {
        return inTransaction(() -> store.load(id)
                .filter(vm -> vm.desired() == VmGoal.RUNNING && vm.settled())
                .flatMap(vm -> {
                    VmCommand again = vm.state() == VmState.RUNNING ? new VmCommand.Restart() : new VmCommand.Start();
                    return VmLifecycle.apply(vm.state(), again) instanceof Outcome.Moved(VmState to)
                            ? renewed(vm, vm.startingAgain(to))
                            : Optional.<Vm>empty();
                }));
    }

    /**
     * Notes what will become of a VM and when; nothing when somebody has written it meanwhile.
     *
     * @param seen the state for which it was planned
     */
    public void plan(VmId id, VmState seen, Vm.Expiry expiry) {
        var _ = inTransaction(() -> store.load(id)
                .filter(vm -> vm.state() == seen && !vm.expiry().equals(expiry))
                .flatMap(vm -> store.replace(vm.expiring(expiry)).map(now -> {
                    news.tell(vm, now);
                    return now;
                })));
    }

    /**
     * Does to a VM what was planned, if its time is over by {@code now}. Nothing to one that its owner has meanwhile
     * started or stopped: what was planned for a VM at rest is not done to one that is wanted to run.
     */
    public Optional<Vm> expire(VmId id, Vm.Expiry plan, Instant now) {
        return inTransaction(() -> store.load(id)
                .filter(vm -> vm.expiry().equals(plan))
                .filter(vm -> plan.at().filter(at -> !at.isAfter(now)).isPresent())
                .filter(vm -> plan.fate().filter(vm::meets).isPresent())
                .flatMap(vm -> switch (plan.fate().orElseThrow()) {
                    case STOP -> expired(vm, new VmCommand.Stop(false), VmGoal.STOPPED);
                    case SUSPEND -> expired(vm, new VmCommand.Suspend(), VmGoal.SUSPENDED);
                    case DELETE -> {
                        removeUserData(vm);
                        yield expired(vm, new VmCommand.Delete(), VmGoal.DELETED);
                    }
                }));
    }

    private void removeUserData(Vm vm) {
        if (vm.boot().userData().isPresent()) {
            userData.remove(vm.id());
        }
    }

    private Optional<Vm> expired(Vm vm, VmCommand end, VmGoal goal) {
        return VmLifecycle.apply(vm.state(), end) instanceof Outcome.Moved(VmState to)
                ? renewed(vm, vm.wishing(to, goal, false).expiring(Vm.Expiry.NEVER))
                : Optional.empty();
    }

    /** Tells the host the same wish under a new generation above {@code atLeast}: it has drifted from the present one. */
    public Optional<Vm> insist(VmId id, long atLeast) {
        return inTransaction(() ->
                store.load(id).flatMap(vm -> renewed(vm, vm.insisting(Math.max(vm.generation(), atLeast)))));
    }

    private Optional<Vm> renewed(Vm before, Vm after) {
        Optional<Vm> written = store.replace(after);
        written.ifPresent(now -> {
            outbox.add(now.id(), now.generation());
            news.tell(before, now);
        });
        return written;
    }

    /** Takes the VM's disk back to a snapshot of its own; it runs, or rests, as before. */
    public Vm restore(UserId owner, VmId id, SnapshotId snapshot) {
        return turns.in(owner, () -> {
            Vm vm = locked(owner, id);
            return move(vm, new VmCommand.Restore())
                    .map(to -> wish(vm, vm.restoring(to, snapshot)))
                    .orElseGet(() -> onItsWayTo(vm, snapshot));
        });
    }

    /** Takes the VM back to the moment of a live snapshot of its own: it runs then, whether it did before or not. */
    public Vm goBack(UserId owner, VmId id, SnapshotId snapshot) {
        VmState now = show(owner, id).state();
        VmCommand command = switch (now) {
            case SUSPENDED -> new VmCommand.Resume();
            case STOPPED, FAILED -> new VmCommand.Start();
            case REQUESTED, PROVISIONING, STARTING, RUNNING, SUSPENDING, STOPPING, LOST, DELETING, DELETED ->
                new VmCommand.Restore();
        };
        return onItsWayTo(toRun(owner, id, command, (vm, to) -> vm.goingBack(to, snapshot)), snapshot);
    }

    private static Vm onItsWayTo(Vm vm, SnapshotId snapshot) {
        if (vm.source().filter(source -> source.snapshot().equals(snapshot)).isEmpty()) {
            throw conflict(vm, "This VM is " + vm.state().word() + ".");
        }
        return vm;
    }

    /**
     * The VM, when a snapshot of it may be taken: its state allows it and its owner's quota is not used up.
     *
     * @param note writes down that one is being taken, which counts from then on
     */
    public Vm requireSnapshot(UserId owner, VmId id, Runnable note) {
        return turns.in(owner, () -> {
            Quota quota = quotas.lock(owner);
            Vm vm = locked(owner, id);
            if (move(vm, new VmCommand.Snapshot()).isEmpty() || vm.host().isEmpty()) {
                throw conflict(vm, "This VM has no disk yet.");
            }
            quota.require(used.usage(owner), Usage.ofSnapshots(1, 1));
            note.run();
            return vm;
        });
    }

    /** The VM, when it may be forked into {@code count} more: its state and its owner's quota allow it. */
    public Vm requireFork(UserId owner, VmId id, int count) {
        return turns.in(owner, () -> {
            Quota quota = quotas.lock(owner);
            Vm vm = locked(owner, id);
            var _ = move(vm, new VmCommand.Fork(count));
            quotas.requireBudget(owner);
            quota.require(used.usage(owner), vm.usageOfChildren(count));
            return vm;
        });
    }

    /** VMs that go on from the moment of a live snapshot of {@code parent}, all or none. */
    public List<Vm> fork(UserId owner, VmId parent, SnapshotId moment, int count) {
        return turns.in(owner, () -> {
            Quota quota = quotas.lock(owner);
            Vm vm = locked(owner, parent);
            quotas.requireBudget(owner);
            quota.require(used.usage(owner), vm.usageOfChildren(count));
            Optional<String> content = userData.find(parent).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
            List<Vm> made = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                VmId id = VmId.random();
                Vm child = store.insert(vm.child(id, freeName(owner, vm.stem()), moment));
                content.ifPresent(text -> userData.put(id, text));
                outbox.add(id, child.generation());
                news.tellMade(child);
                made.add(child);
            }
            return List.copyOf(made);
        });
    }

    /** One of the owner's VMs; anything else is 404. */
    public Vm find(UserId owner, VmId id) {
        return show(owner, id);
    }

    Vm show(UserId owner, VmId id) {
        return store.find(owner, id).orElseThrow(Vms::unknown);
    }

    List<Vm> page(UserId owner, VmFilter filter, VmStore.Cursor after, int limit) {
        return store.page(owner, filter, after, limit);
    }

    /** Somebody else's VM answers the same as none. */
    public static OrielException unknown() {
        return new OrielException(ErrorCode.NOT_FOUND, "There is no such VM.");
    }

    /** The move that {@code command} makes, empty when it is done already; a problem when the state forbids it. */
    private static Optional<VmState> move(Vm vm, VmCommand command) {
        return switch (VmLifecycle.apply(vm.state(), command)) {
            case Outcome.Moved(VmState to) -> Optional.of(to);
            case Outcome.AlreadyThere there -> Optional.empty();
            case Outcome.Denied denied ->
                throw conflict(vm, "This VM is " + vm.state().word() + ".");
        };
    }

    /** The 409 that says what is possible now. */
    public static OrielException conflict(Vm vm, String detail) {
        return new OrielException(
                ErrorCode.STATE_CONFLICT, detail, Map.of("state", vm.state().word(), "allowed", VmActions.of(vm)));
    }

    private Vm locked(UserId owner, VmId id) {
        return store.findLocked(owner, id).orElseThrow(Vms::unknown);
    }

    private Vm wish(Vm before, Vm after) {
        Vm written = write(before, after);
        outbox.add(written.id(), written.generation());
        return written;
    }

    private Vm write(Vm before, Vm after) {
        Vm written = store.replace(after).orElseThrow(() -> new IllegalStateException("a locked row was written"));
        news.tell(before, written);
        return written;
    }

    private static OrielException nameInUse() {
        return new OrielException(ErrorCode.NAME_IN_USE, "You have a VM of this name already.");
    }

    private <T> T inTransaction(Supplier<T> work) {
        return Objects.requireNonNull(transaction.execute(status -> work.get()));
    }
}
