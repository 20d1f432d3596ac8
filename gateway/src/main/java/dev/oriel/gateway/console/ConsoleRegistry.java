package dev.oriel.gateway.console;

import dev.oriel.core.console.ConsoleTicket;
import dev.oriel.core.console.OpenConsole;
import dev.oriel.core.console.Revocation;
import dev.oriel.core.console.TicketId;
import dev.oriel.core.vm.VmId;
import dev.oriel.gateway.ticket.RevocationKeys;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The consoles that are open or being opened. A console enters before its ticket is used up, so that no revocation
 * falls between the question to Redis and the entry. Thread-safe.
 */
public final class ConsoleRegistry {
    private final ConsoleLimits limits;
    private final Set<Console> consoles = ConcurrentHashMap.newKeySet();
    /** How many are in, by VM, by user and by address; a key without any is not there. */
    private final Map<Object, Integer> counts = new ConcurrentHashMap<>();

    private final ConsoleControl control = new ConsoleControl(this);

    public ConsoleRegistry(ConsoleLimits limits) {
        this.limits = limits;
    }

    /** Takes a console in, unless its VM, its user or its address has as many as it may. */
    public boolean enter(Console console) {
        if (!count(console.ticket().vm(), limits.consolesPerVm())) {
            return false;
        }
        if (!count(console.ticket().user(), limits.consolesPerUser())) {
            uncount(console.ticket().vm());
            return false;
        }
        if (!console.address().isEmpty() && !count(console.address(), limits.consolesPerAddress())) {
            uncount(console.ticket().vm());
            uncount(console.ticket().user());
            return false;
        }
        consoles.add(console);
        control.entered(console);
        return true;
    }

    private boolean count(Object key, int most) {
        boolean[] counted = {false};
        counts.compute(key, (same, count) -> {
            int now = count == null ? 0 : count;
            counted[0] = now < most;
            return counted[0] ? Integer.valueOf(now + 1) : count;
        });
        return counted[0];
    }

    private void uncount(Object key) {
        counts.computeIfPresent(key, (same, count) -> count == 1 ? null : count - 1);
    }

    /** Forgets a console; harmless when it is not in. */
    void leave(Console console) {
        if (consoles.remove(console)) {
            uncount(console.ticket().vm());
            uncount(console.ticket().user());
            if (!console.address().isEmpty()) {
                uncount(console.address());
            }
            control.left(console);
            if (consoles.isEmpty()) {
                synchronized (consoles) {
                    consoles.notifyAll();
                }
            }
        }
    }

    /** Returns when nobody is in any more, or at {@code deadline} (of {@link System#nanoTime}). */
    public void awaitEmpty(long deadline) {
        synchronized (consoles) {
            for (long left = deadline - System.nanoTime();
                    !consoles.isEmpty() && left > 0;
                    left = deadline - System.nanoTime()) {
                try {
                    TimeUnit.NANOSECONDS.timedWait(consoles, left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    /** Who drives which VM. */
    public ConsoleControl control() {
        return control;
    }

    /** The open console of {@code vm} with this id. */
    public Optional<Console> find(VmId vm, TicketId id) {
        return consoles.stream()
                .filter(console -> console.isOpen()
                        && console.ticket().id().equals(id)
                        && console.ticket().vm().equals(vm))
                .findFirst();
    }

    /** Ends every console that {@code revocation} is about. */
    public void revoke(Revocation revocation) {
        Ending ending = Ending.of(revocation.why());
        forEach(console -> {
            if (RevocationKeys.isAbout(revocation, console.ticket())) {
                console.end(ending);
            }
        });
    }

    public void forEach(Consumer<Console> action) {
        consoles.forEach(action);
    }

    /** Consoles after their upgrade, for {@code GET /consoles}. */
    public List<OpenConsole> open() {
        return consoles.stream().filter(Console::isOpen).map(Console::describe).toList();
    }

    public int openCount() {
        return (int) consoles.stream().filter(Console::isOpen).count();
    }

    public boolean isEmpty() {
        return consoles.isEmpty();
    }

    /** Whether Redis should be asked again about this ticket: the ids of all that is in. */
    public List<ConsoleTicket> tickets() {
        return consoles.stream().map(Console::ticket).toList();
    }
}
