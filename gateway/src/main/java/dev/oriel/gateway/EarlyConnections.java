package dev.oriel.gateway;

import dev.oriel.core.vm.VmId;
import dev.oriel.gateway.wire.Wire;
import dev.oriel.gateway.wire.Wires;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Connections to VMs that have just begun to run, made as soon as the VM Manager links their VNC socket: whoever made
 * such a VM looks at it next. QEMU draws 30 ms after it has accepted a connection at the soonest; that time passes while
 * the viewer is still on its way. One that nobody takes is closed soon. Thread-safe.
 */
final class EarlyConnections implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(EarlyConnections.class.getName());
    private static final Duration LOOK = Duration.ofMillis(500);
    /** More VMs than this do not begin at once on one host. */
    private static final int MOST = 64;

    private final Wires wires;
    private final Path directory;
    private final Duration kept;
    private final Map<VmId, Early> waiting = new ConcurrentHashMap<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;

    private record Early(Wire wire, long endNanos) {}

    /**
     * @param directory with a link for each VM
     * @param kept how long a connection waits for a viewer
     */
    EarlyConnections(Wires wires, Path directory, Duration kept) {
        this.wires = wires;
        this.directory = directory;
        this.kept = kept;
        this.thread = Thread.ofPlatform().daemon().name("early-connections").start(this::run);
    }

    /** The connection to this VM that waits for its first viewer, who has it alone from now on. */
    Optional<Wire> take(VmId vm) {
        return Optional.ofNullable(waiting.remove(vm)).map(Early::wire).filter(Wire::isOpen);
    }

    private void run() {
        try {
            while (closing.getCount() > 0) {
                if (Files.isDirectory(directory)) {
                    watch();
                }
                boolean _ = closing.await(LOOK.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "early connections end");
        }
    }

    /** Until the directory goes. */
    private void watch() throws InterruptedException {
        try (WatchService service = directory.getFileSystem().newWatchService()) {
            WatchKey key = directory.register(
                    service, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE);
            while (closing.getCount() > 0 && key.isValid()) {
                // News wake it; what it looks for by itself is only connections that waited long enough.
                Duration look = waiting.isEmpty() ? LOOK.multipliedBy(20) : LOOK;
                WatchKey news = service.poll(look.toMillis(), TimeUnit.MILLISECONDS);
                if (news != null) {
                    news.pollEvents().forEach(this::hear);
                    boolean _ = news.reset();
                }
                letGo(System.nanoTime());
            }
        } catch (IOException | ClosedWatchServiceException e) {
            LOG.log(System.Logger.Level.WARNING, "first pictures come later: links to VMs cannot be watched", e);
        }
    }

    private void hear(WatchEvent<?> event) {
        if (event.context() instanceof Path name) {
            Optional<VmId> vm = vmOf(name.toString());
            vm.ifPresent(this::drop);
            if (event.kind().equals(StandardWatchEventKinds.ENTRY_CREATE) && waiting.size() < MOST) {
                vm.ifPresent(this::connect);
            }
        }
    }

    private void connect(VmId vm) {
        Path link = directory.resolve(vm.toString());
        if (!Files.isSymbolicLink(link)) {
            return;
        }
        try {
            waiting.put(vm, new Early(wires.connect(link), System.nanoTime() + kept.toNanos()));
        } catch (IOException e) {
            // Its viewer connects, or hears why not.
            LOG.log(System.Logger.Level.DEBUG, "no early connection to VM " + vm, e);
        }
    }

    private void drop(VmId vm) {
        take(vm).ifPresent(Wire::close);
    }

    private void letGo(long nanos) {
        waiting.forEach((vm, early) -> {
            if (nanos - early.endNanos() > 0 && waiting.remove(vm, early)) {
                early.wire().close();
            }
        });
    }

    private static Optional<VmId> vmOf(String name) {
        try {
            return Optional.of(VmId.of(name));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // a link on its way, or somebody else's
        }
    }

    @Override
    public void close() {
        closing.countDown();
        thread.interrupt();
        try {
            thread.join(LOOK.multipliedBy(4));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        waiting.keySet().forEach(this::drop);
    }
}
