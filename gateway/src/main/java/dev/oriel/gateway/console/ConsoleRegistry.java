package dev.oriel.gateway.console;

import dev.oriel.core.console.ConsoleTicket;
import dev.oriel.core.console.OpenConsole;
import dev.oriel.core.console.Revocation;
import dev.oriel.core.vm.VmId;
import dev.oriel.gateway.ticket.RevocationKeys;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The consoles that are open or being opened. A console enters before its ticket is used up, so that no revocation
 * falls between the question to Redis and the entry. Thread-safe.
 */
public final class ConsoleRegistry {
    private final int perVm;
    private final Set<Console> consoles = ConcurrentHashMap.newKeySet();
    private final Map<VmId, Integer> countByVm = new ConcurrentHashMap<>();

    public ConsoleRegistry(int consolesPerVm) {
        this.perVm = consolesPerVm;
    }

    /** Takes a console in, unless its VM has as many as it may. */
    public boolean enter(Console console) {
        boolean[] entered = {false};
        countByVm.compute(console.ticket().vm(), (vm, count) -> {
            int now = count == null ? 0 : count;
            entered[0] = now < perVm;
            return entered[0] ? Integer.valueOf(now + 1) : count;
        });
        return entered[0] && consoles.add(console);
    }

    /** Forgets a console; harmless when it is not in. */
    void leave(Console console) {
        if (consoles.remove(console)) {
            countByVm.computeIfPresent(console.ticket().vm(), (vm, count) -> count == 1 ? null : count - 1);
        }
    }

    /** Ends every console that {@code revocation} is about. */
    public void revoke(Revocation revocation) {
        Ending ending = Ending.of(revocation.why());
        forEach(console -> {
            if (RevocationKeys.id(console.ticket(), revocation.scope()).equals(revocation.id())) {
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
