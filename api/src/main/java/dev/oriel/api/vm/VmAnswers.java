package dev.oriel.api.vm;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.account.Caller;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.vm.VmState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;

/** Answers wishes: waits as long as the caller prefers, then says how far the VM got. Thread-safe. */
@Component
public class VmAnswers {
    private final VmWaiters waiters;
    private final VmStore store;
    private final ConsoleOpener consoles;

    VmAnswers(VmWaiters waiters, VmStore store, ConsoleOpener consoles) {
        this.waiters = waiters;
        this.store = store;
        this.consoles = consoles;
    }

    /** The answer to a wish that {@code vm} be in {@code goal}: {@code done} when it got there in time, else 202. */
    public ResponseEntity<VmView> reached(Caller caller, Vm vm, VmState goal, Duration wait, HttpStatus done) {
        Vm now = await(vm, at -> at.state() == goal || overtaken(vm, at), wait);
        return answer(caller, now, now.state() == goal, wait, done);
    }

    /** The answer to a wish that changes no state: 200 when its host has done it in time, else 202. */
    ResponseEntity<VmView> done(Caller caller, Vm vm, Duration wait) {
        Vm now = await(vm, at -> at.settled() || at.generation() > vm.generation(), wait);
        return answer(caller, now, now.settled(), wait, HttpStatus.OK);
    }

    /** The answer to a wish for several VMs: 201 when all of them run in time, else 202. */
    public ResponseEntity<List<VmView>> created(Caller caller, List<Vm> vms, Duration wait) {
        long end = System.nanoTime() + wait.toNanos();
        List<Vm> now = vms.stream()
                .map(vm -> await(
                        vm,
                        at -> at.state() == VmState.RUNNING || overtaken(vm, at),
                        Duration.ofNanos(Math.max(0, end - System.nanoTime()))))
                .toList();
        boolean all = now.stream().allMatch(vm -> vm.state() == VmState.RUNNING);
        return ResponseEntity.status(all ? HttpStatus.CREATED : HttpStatus.ACCEPTED)
                .header("Preference-Applied", "wait=" + wait.toSeconds())
                .body(now.stream().map(vm -> withTicket(caller, vm)).toList());
    }

    private ResponseEntity<VmView> answer(Caller caller, Vm now, boolean there, Duration wait, HttpStatus done) {
        return ResponseEntity.status(there ? done : HttpStatus.ACCEPTED)
                .header(HttpHeaders.LOCATION, location(now))
                .header("Preference-Applied", "wait=" + wait.toSeconds())
                .body(withTicket(caller, now));
    }

    /** The answer to a wish that {@code vm} be deleted: 204 when it is gone in time, else 202. */
    ResponseEntity<VmView> deleted(Vm vm, Duration wait) {
        Vm now = await(vm, at -> at.state() == VmState.DELETED, wait);
        return now.state() == VmState.DELETED
                ? ResponseEntity.noContent().build()
                : ResponseEntity.accepted()
                        .header(HttpHeaders.LOCATION, location(now))
                        .body(plain(now));
    }

    /** A VM as GETs and events show it: never with a ticket. */
    VmView plain(Vm vm) {
        return VmView.of(vm, vm.state() == VmState.RUNNING ? Optional.of(consoles.locate(vm)) : Optional.empty());
    }

    private VmView withTicket(Caller caller, Vm vm) {
        return VmView.of(vm, vm.state() == VmState.RUNNING ? Optional.of(ticket(caller, vm)) : Optional.empty());
    }

    /** Whoever has as many consoles as there may be gets the VM without a ticket to one more. */
    private ConsoleView ticket(Caller caller, Vm vm) {
        try {
            return consoles.open(caller, vm);
        } catch (OrielException e) {
            if (e.code() != ErrorCode.QUOTA_EXCEEDED) {
                throw e;
            }
            return consoles.locate(vm);
        }
    }

    private Vm await(Vm vm, Predicate<Vm> done, Duration wait) {
        return waiters.await(vm.id(), () -> store.load(vm.id()), done, wait).orElse(vm);
    }

    /** Whether waiting longer is vain: it failed or ended, or somebody wishes otherwise by now. */
    private static boolean overtaken(Vm wished, Vm now) {
        return (now.generation() > wished.generation() && now.desired() != wished.desired())
                || (now.generation() == wished.generation() && now.settled());
    }

    private static String location(Vm vm) {
        return ApiConfig.PUBLIC_PREFIX + "/vm/" + vm.id();
    }
}
