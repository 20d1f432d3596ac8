package dev.oriel.host.vm;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.AttachingConnector;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.ClassPrepareEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.request.BreakpointRequest;
import com.sun.jdi.request.ClassPrepareRequest;
import com.sun.jdi.request.EventRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * A JVM of its own with a {@link SnapshotStorm} or a {@link MemoryStorm}, killed with SIGKILL: after some time, or just
 * before the n-th step that its driver takes. Steps are what leaves traces: files moved, linked, removed, records written, programs run and
 * commands given to QEMU. A debugger counts them, so nothing in the VM Manager knows of it.
 */
final class KilledManager {
    private static final Duration GOODBYE = Duration.ofSeconds(10);
    private static final String LISTENS = "address: ";

    private static final Map<String, Set<String>> STEPS = Map.of(
            "java.nio.file.Files", Set.of("move", "delete", "deleteIfExists", "createLink"),
            "dev.oriel.host.disk.DiskRecord", Set.of("write"),
            "dev.oriel.host.disk.Program", Set.of("ended"),
            "dev.oriel.host.qmp.QmpClient", Set.of("send"));

    private final Path root;
    private final Class<?> storm;
    private final String threads;

    /** @param said everything it has said, in order, and {@code steps} how many were counted */
    record Life(List<String> said, int steps) {
        boolean said(String line) {
            return said.contains(line);
        }
    }

    /** Of a {@link SnapshotStorm}, whose driver's steps count. */
    KilledManager(Path root) {
        this(root, SnapshotStorm.class, "vm-");
    }

    /**
     * @param storm whose {@code main} it runs
     * @param threads what the names of those begin with whose steps count
     */
    KilledManager(Path root, Class<?> storm, String threads) {
        this.root = root;
        this.storm = storm;
        this.threads = threads;
    }

    /** Lives for that long once it is ready. */
    Life forMillis(long generation, long seed, long millis) throws Exception {
        Process manager = start(List.of(), generation, Long.toString(seed));
        List<String> said = new ArrayList<>();
        try (BufferedReader lines = reader(manager)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                said.add(line);
                if (line.equals("ready")) {
                    CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS)
                            .execute(manager::destroyForcibly);
                }
            }
        } finally {
            manager.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
        return new Life(said, 0);
    }

    /** Lives until just before its driver's n-th step, or to its end when it has fewer. */
    Life untilStep(long generation, int n) throws Exception {
        Process manager =
                start(List.of("-agentlib:jdwp=transport=dt_socket,server=y,suspend=y,address=127.0.0.1:0"), generation);
        ConcurrentLinkedQueue<String> said = new ConcurrentLinkedQueue<>();
        try (BufferedReader lines = reader(manager)) {
            String greeting = String.valueOf(lines.readLine());
            VirtualMachine machine = attach(greeting.substring(greeting.indexOf(LISTENS) + LISTENS.length()));
            Thread listener = Thread.ofVirtual().start(() -> lines.lines().forEach(said::add));
            int steps = watch(machine, manager, n);
            listener.join(GOODBYE);
            return new Life(List.copyOf(said), steps);
        } finally {
            manager.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }

    private int watch(VirtualMachine machine, Process manager, int n) throws InterruptedException {
        STEPS.keySet().forEach(type -> {
            ClassPrepareRequest prepared = machine.eventRequestManager().createClassPrepareRequest();
            prepared.addClassFilter(type);
            prepared.enable();
            machine.classesByName(type).forEach(KilledManager::count);
        });
        machine.resume();
        int steps = 0;
        try {
            while (true) {
                EventSet events = machine.eventQueue().remove();
                for (Event event : events) {
                    if (event instanceof ClassPrepareEvent loaded) {
                        count(loaded.referenceType());
                    } else if (event instanceof BreakpointEvent step && isStep(step) && ++steps == n) {
                        manager.destroyForcibly();
                    }
                }
                if (steps < n) {
                    events.resume();
                }
            }
        } catch (VMDisconnectedException e) {
            return steps;
        }
    }

    private boolean isStep(BreakpointEvent event) {
        return event.thread().name().startsWith(threads);
    }

    private static void count(ReferenceType type) {
        Set<String> methods = STEPS.getOrDefault(type.name(), Set.of());
        type.methods().stream()
                .filter(method -> methods.contains(method.name()))
                .forEach(method -> {
                    BreakpointRequest stop =
                            type.virtualMachine().eventRequestManager().createBreakpointRequest(method.location());
                    stop.setSuspendPolicy(EventRequest.SUSPEND_EVENT_THREAD);
                    stop.enable();
                });
    }

    private static VirtualMachine attach(String port) throws Exception {
        AttachingConnector connector = Bootstrap.virtualMachineManager().attachingConnectors().stream()
                .filter(each -> each.name().equals("com.sun.jdi.SocketAttach"))
                .findFirst()
                .orElseThrow();
        Map<String, Connector.Argument> arguments = connector.defaultArguments();
        Objects.requireNonNull(arguments.get("hostname")).setValue("127.0.0.1");
        Objects.requireNonNull(arguments.get("port")).setValue(port.strip());
        return connector.attach(arguments);
    }

    private Process start(List<String> flags, long generation, String... seed) throws IOException {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1"));
        line.addAll(flags);
        line.addAll(List.of(
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                storm.getName(),
                root.toString(),
                Long.toString(generation)));
        line.addAll(List.of(seed));
        return new ProcessBuilder(line)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static BufferedReader reader(Process manager) {
        return new BufferedReader(new InputStreamReader(manager.getInputStream(), StandardCharsets.UTF_8));
    }
}
