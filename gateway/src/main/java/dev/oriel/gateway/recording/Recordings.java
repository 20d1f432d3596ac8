package dev.oriel.gateway.recording;

import dev.oriel.core.console.RecordingId;
import dev.oriel.core.console.RecordingStatus;
import dev.oriel.core.vm.VmId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * The recordings of one host, in a directory that nobody else writes to. Wants are repeated: what goes on already goes
 * on, what a former gateway left unfinished is gone on with. Blocks on files: not for event loops. Thread-safe.
 */
public final class Recordings implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Recordings.class.getName());
    /** At once: each has a thread. */
    private static final int MOST = 64;

    private final Path root;
    private final Path sockets;
    private final long reserve;
    private final LongAdder written = new LongAdder();
    private final Map<RecordingId, Recorder> live = new HashMap<>();

    /**
     * @param root made when it is not there
     * @param sockets directory of {@code vnc/<vm>}
     * @param reserve bytes to leave free
     */
    public Recordings(Path root, Path sockets, long reserve) {
        this.root = root;
        this.sockets = sockets.resolve("vnc");
        this.reserve = reserve;
    }

    /** Sees to it that it is recorded; one that has ended stays ended. False when too many are recorded here now. */
    public synchronized boolean ensure(VmId vm, RecordingId id, Instant startedAt, long maxBytes, Duration maxLength)
            throws IOException {
        RecordingFiles files = new RecordingFiles(root, vm, id);
        Recorder present = live.get(id);
        if (present != null && present.isAlive()) {
            return true;
        }
        live.values().removeIf(recorder -> !recorder.isAlive());
        if (live.size() >= MOST) {
            return false;
        }
        files.begin(new RecordingFiles.Wish(startedAt, maxBytes, maxLength));
        if (files.ended().isEmpty()) {
            live.put(id, new Recorder(files, files.wish(), sockets.resolve(vm.toString()), reserve, written::add));
        }
        return true;
    }

    /** Ends it; harmless when it has ended or is not there. */
    public synchronized void stop(VmId vm, RecordingId id) throws IOException {
        Recorder recorder = live.remove(id);
        if (recorder != null) {
            recorder.stop(RecordingStatus.STOPPED);
        }
        new RecordingFiles(root, vm, id).end(RecordingStatus.STOPPED);
    }

    /** Removes it; harmless when it is not there. */
    public synchronized void drop(VmId vm, RecordingId id) throws IOException {
        Recorder recorder = live.remove(id);
        if (recorder != null) {
            recorder.pause();
        }
        new RecordingFiles(root, vm, id).drop();
        try (Stream<Path> rest = Files.list(root.resolve(vm.toString()))) {
            if (rest.findAny().isPresent()) {
                return;
            }
        } catch (IOException e) {
            return;
        }
        Files.deleteIfExists(root.resolve(vm.toString()));
    }

    /** All that are here. */
    public List<RecordingStatus> list() throws IOException {
        List<RecordingStatus> all = new ArrayList<>();
        for (Path vm : children(root)) {
            for (Path one : children(vm)) {
                add(all, vm.getFileName().toString(), one.getFileName().toString());
            }
        }
        return all;
    }

    private void add(List<RecordingStatus> all, String vm, String id) {
        try {
            all.add(new RecordingFiles(root, VmId.of(vm), RecordingId.of(id)).status());
        } catch (IOException | IllegalArgumentException e) {
            // Being removed, or nothing of ours.
            LOG.log(System.Logger.Level.DEBUG, "no recording: {0}", e.toString());
        }
    }

    private static List<Path> children(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isDirectory).sorted().toList();
        }
    }

    /** One that is here. */
    public Optional<RecordingStatus> find(VmId vm, RecordingId id) {
        try {
            return Optional.of(new RecordingFiles(root, vm, id).status());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The file of one part, counted from 0. */
    public Optional<Path> part(VmId vm, RecordingId id, int number) throws IOException {
        return new RecordingFiles(root, vm, id).part(number);
    }

    /** How many go on now. */
    public synchronized int liveCount() {
        return (int) live.values().stream().filter(Recorder::isAlive).count();
    }

    /** Bytes kept since the start of this process. */
    public long writtenBytes() {
        return written.sum();
    }

    /** Leaves all as it is: the next gateway goes on with them once it is asked to. */
    @Override
    public synchronized void close() {
        live.values().forEach(Recorder::pause);
        live.clear();
    }
}
