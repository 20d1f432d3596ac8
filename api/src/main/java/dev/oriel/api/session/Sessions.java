package dev.oriel.api.session;

import dev.oriel.api.account.RevocationChannel;
import dev.oriel.api.host.Host;
import dev.oriel.api.host.Hosts;
import dev.oriel.api.session.LiveVmStore.LiveVm;
import dev.oriel.api.vm.Vm;
import dev.oriel.api.vm.VmListener;
import dev.oriel.core.account.UserId;
import dev.oriel.core.console.OpenConsole;
import dev.oriel.core.console.Revocation;
import dev.oriel.core.console.SessionId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmState;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

/**
 * Active sessions: made when a VM begins to run or a console opens, ended with the VM's run or by hand. Postgres says
 * which VMs live, Redis which sessions they have, gateways who looks; what Redis has lost is made again. Thread-safe.
 */
@Component
class Sessions implements VmListener {
    private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

    private final SessionStore store;
    private final LiveVmStore live;
    private final Hosts hosts;
    private final RevocationChannel revocations;
    private final Clock clock;

    Sessions(SessionStore store, LiveVmStore live, Hosts hosts, RevocationChannel revocations, Clock clock) {
        this.store = store;
        this.live = live;
        this.hosts = hosts;
        this.revocations = revocations;
        this.clock = clock;
    }

    /** A session with the VM it belongs to and who looks at it now. */
    record Active(SessionRecord session, LiveVm vm, int viewers) {}

    /** The session of {@code user} with {@code vm}, made if there is none: a console is being opened. */
    SessionRecord open(Vm vm, UserId user) {
        try {
            return kept(vm, user);
        } catch (DataAccessException e) {
            // Its id follows from the VM's run: once Redis is back, the same session is made from Postgres.
            LOG.warn("A console opens while Redis does not answer: {}", e.toString());
            return first(vm, user);
        }
    }

    private SessionRecord kept(Vm vm, UserId user) {
        SessionRecord known = store.putIfAbsent(first(vm, user));
        if (known.run() != vm.generation()) {
            SessionRecord fresh = first(vm, user);
            store.put(fresh);
            return fresh;
        }
        if (known.ended()) {
            SessionRecord next = known.next(clock.instant());
            store.put(next);
            return next;
        }
        return known;
    }

    private SessionRecord first(Vm vm, UserId user) {
        return SessionRecord.first(
                vm.id(), user, vm.generation(), vm.seen().startedAt().orElseGet(clock::instant));
    }

    /** The active sessions with these VMs. */
    List<Active> of(List<LiveVm> vms) {
        Map<SessionKey, SessionRecord> known = store.find(
                vms.stream().map(vm -> new SessionKey(vm.id(), vm.owner())).toList());
        Map<SessionId, List<OpenConsole>> consoles = consoles();
        List<Active> active = new ArrayList<>();
        for (LiveVm vm : vms) {
            session(vm, Optional.ofNullable(known.get(new SessionKey(vm.id(), vm.owner()))))
                    .map(session -> watched(session, vm, consoles.getOrDefault(session.id(), List.of())))
                    .ifPresent(active::add);
        }
        return active;
    }

    /** The session of a live VM's owner; a running VM whose session was lost gets it again. */
    private Optional<SessionRecord> session(LiveVm vm, Optional<SessionRecord> known) {
        Optional<SessionRecord> present =
                known.filter(session -> session.run() == vm.run() || vm.state() != VmState.RUNNING);
        if (present.isEmpty() && vm.state() == VmState.RUNNING) {
            SessionRecord again = SessionRecord.first(
                    vm.id(), vm.owner(), vm.run(), vm.startedAt().orElseGet(clock::instant));
            store.put(again);
            return Optional.of(again);
        }
        return present.filter(session -> !session.ended());
    }

    private Active watched(SessionRecord session, LiveVm vm, List<OpenConsole> viewers) {
        SessionRecord now = session;
        for (OpenConsole viewer : viewers) {
            now = now.activeAt(viewer.lastInputAt());
        }
        if (!now.equals(session)) {
            store.put(now);
        }
        return new Active(now, vm, viewers.size());
    }

    private Map<SessionId, List<OpenConsole>> consoles() {
        Map<SessionId, List<OpenConsole>> bySession = new HashMap<>();
        for (Host host : hosts.all()) {
            host.consoles()
                    .forEach(console -> bySession
                            .computeIfAbsent(console.session(), id -> new ArrayList<>())
                            .add(console));
        }
        return bySession;
    }

    List<LiveVm> vmsOf(UserId owner) {
        return live.find(Optional.of(owner));
    }

    List<LiveVm> vmsOf(String user) {
        return live.findOf(user);
    }

    List<LiveVm> vmsOfAll() {
        return live.find(Optional.empty());
    }

    /** Ends a session and cuts its consoles; the VM goes on. */
    void end(SessionRecord session) {
        store.put(session.asEnded());
        revocations.publish(
                new Revocation(Revocation.Scope.SESSION, session.id().value(), ErrorCode.SESSION_ENDED));
    }

    @Override
    public void wrote(List<Written> some) {
        Map<VmId, Vm> moved = new LinkedHashMap<>();
        for (Written one : some) {
            if (!one.moved()) {
                continue;
            }
            // What happened to one VM is followed in its order.
            if (moved.containsKey(one.now().id())) {
                follow(moved.values());
                moved.clear();
            }
            moved.put(one.now().id(), one.now());
        }
        follow(moved.values());
    }

    private void follow(Collection<Vm> moved) {
        List<Vm> began = new ArrayList<>();
        List<Vm> rest = new ArrayList<>();
        List<Vm> gone = new ArrayList<>();
        for (Vm vm : moved) {
            switch (vm.state()) {
                case RUNNING -> began.add(vm);
                case STOPPED, FAILED -> rest.add(vm);
                case DELETING, DELETED -> gone.add(vm);
                case REQUESTED, PROVISIONING, STARTING, SUSPENDING, SUSPENDED, STOPPING, LOST -> {
                    // Consoles stay open as long as there may be a picture.
                }
            }
        }
        try {
            began(began);
            store.remove(Stream.concat(rest.stream(), gone.stream())
                    .map(Sessions::key)
                    .toList());
            revocations.cut(rest.stream().map(Sessions::revocation).toList());
            revocations.publish(gone.stream().map(Sessions::revocation).toList());
        } catch (RuntimeException e) {
            // Sessions are made again from Postgres; consoles of an ended guest end with its socket.
            LOG.warn("The sessions of {} VMs do not follow them now: {}", moved.size(), e.toString());
        }
    }

    private void began(List<Vm> vms) {
        Map<SessionKey, SessionRecord> known =
                store.find(vms.stream().map(Sessions::key).toList());
        store.put(vms.stream()
                .filter(vm -> Optional.ofNullable(known.get(key(vm)))
                        .filter(session -> session.run() == vm.generation())
                        .isEmpty())
                .map(vm -> first(vm, vm.owner()))
                .toList());
    }

    private static SessionKey key(Vm vm) {
        return new SessionKey(vm.id(), vm.owner());
    }

    private static Revocation revocation(Vm vm) {
        return new Revocation(Revocation.Scope.VM, vm.id().value(), ErrorCode.VM_GONE);
    }
}
