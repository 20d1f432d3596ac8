package dev.oriel.host.vm;

import dev.oriel.host.disk.DiskChain;
import dev.oriel.host.disk.DiskLayer;
import dev.oriel.host.qmp.GuestAgent;
import dev.oriel.host.qmp.QmpException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * The disk of a running guest, as its QEMU has it: nodes named by {@link DiskChain#nodeOf}. Used by one driver at a
 * time.
 */
final class LiveDisk {
    private static final Logger LOG = System.getLogger(LiveDisk.class.getName());
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final Duration AGENT_GREETING = Duration.ofMillis(700);
    private static final Duration GLANCE = Duration.ofMillis(20);
    private static final String JOB = "merge-";
    private static final Duration FREEZE = Duration.ofSeconds(3);

    /** How far QEMU is with merging a layer away. */
    enum Merge {
        NONE,
        AT_WORK,
        DONE,
        FAILED
    }

    private final Guest guest;
    private final Path agent;

    LiveDisk(Guest guest, Path agent) {
        this.guest = guest;
        this.agent = agent;
    }

    /**
     * Puts {@code top} on the disk: from now on the guest writes there. Its file systems are held still meanwhile when
     * its agent does that in time.
     *
     * @param top an empty layer whose file is there
     * @param below what the guest writes to until now
     * @return whether the file systems were held still
     * @throws QmpException refused: nothing has changed; otherwise it is not known
     */
    boolean join(DiskLayer top, DiskLayer below) throws QmpException, InterruptedException {
        prepare(top);
        boolean frozen = freeze();
        try {
            switchTo(top, below);
            return frozen;
        } finally {
            if (frozen) {
                thaw();
            }
        }
    }

    /** From now on the guest writes to {@code top}. */
    void switchTo(DiskLayer top, DiskLayer below) throws QmpException, InterruptedException {
        guest.execute(
                "blockdev-snapshot",
                Map.of("node", DiskChain.nodeOf(below.id()), "overlay", DiskChain.nodeOf(top.id())),
                LIMIT);
    }

    /** Whether the guest writes to {@code layer}. */
    boolean writesTo(DiskLayer layer) throws QmpException, InterruptedException {
        JsonNode devices = guest.execute("query-block", Map.of(), LIMIT);
        return devices.valueStream()
                .anyMatch(device ->
                        device.path("inserted").path("node-name").asString("").equals(DiskChain.nodeOf(layer.id())));
    }

    /** Lets QEMU close a layer that the disk does not use (any more). */
    void leave(int layer) throws InterruptedException {
        for (String node : new String[] {DiskChain.nodeOf(layer), DiskChain.nodeOf(layer) + "-file"}) {
            tell("blockdev-del", Map.of("node-name", node));
        }
    }

    /** Lets go of file systems that an earlier snapshot may have left frozen. */
    void thaw() throws InterruptedException {
        for (int tries = 0; tries < 3; tries++) {
            Optional<GuestAgent> found = GuestAgent.connect(agent, FREEZE);
            if (found.isPresent()) {
                try (GuestAgent open = found.get()) {
                    if (open.call("guest-fsfreeze-thaw", Map.of(), FREEZE).isPresent()) {
                        return;
                    }
                }
            }
        }
        LOG.log(Level.WARNING, "a guest''s file systems could not be thawed: its agent does not answer");
    }

    /** Whether the guest's agent has opened its port: nobody else is worth waiting for. */
    boolean hasAgent() throws QmpException, InterruptedException {
        return guest.execute("query-chardev", Map.of(), LIMIT)
                .valueStream()
                .anyMatch(device -> device.path("label").asString("").equals("agent")
                        && device.path("frontend-open").asBoolean(false));
    }

    /**
     * Begins to merge {@code gone} into {@code above}, which stands on it.
     *
     * @param base the node below {@code gone}, empty: none; its file for the header that people's tools read
     */
    void startMerge(DiskLayer gone, DiskLayer above, Optional<String> base, Optional<Path> baseFile)
            throws QmpException, InterruptedException {
        Map<String, Object> arguments = new LinkedHashMap<>();
        arguments.put("job-id", jobOf(gone.id()));
        arguments.put("device", DiskChain.nodeOf(above.id()));
        base.ifPresent(node -> arguments.put("base-node", node));
        baseFile.ifPresent(file -> arguments.put("backing-file", file.toString()));
        arguments.put("auto-dismiss", false);
        guest.execute("block-stream", arguments, LIMIT);
    }

    /**
     * Opens a layer below the active one for writing, to merge into it, or for reading only again.
     *
     * @param below the node it stands on, as QEMU has it now
     */
    void reopen(DiskLayer layer, Optional<String> below, boolean readOnly) throws QmpException, InterruptedException {
        String node = DiskChain.nodeOf(layer.id());
        Map<String, Object> format = new LinkedHashMap<>(
                Map.of("driver", "qcow2", "node-name", node, "file", node + "-file", "read-only", readOnly));
        format.put("backing", below.orElse(null));
        Map<String, ?> file =
                Map.of("driver", "file", "node-name", node + "-file", "filename", layer.file(), "read-only", readOnly);
        guest.execute("blockdev-reopen", Map.of("options", List.of(file, format)), LIMIT);
    }

    Merge mergeOf(DiskLayer gone) throws QmpException, InterruptedException {
        Optional<JsonNode> job = jobs().filter(
                        each -> each.path("id").asString("").equals(jobOf(gone.id())))
                .findFirst();
        if (job.isEmpty()) {
            return Merge.NONE;
        }
        if (!job.get().path("status").asString("").equals("concluded")) {
            return Merge.AT_WORK;
        }
        if (job.get().has("error")) {
            LOG.log(
                    Level.WARNING,
                    "QEMU could not merge a layer: {0}",
                    job.get().path("error"));
            return Merge.FAILED;
        }
        return Merge.DONE;
    }

    /** Closes the books on a merge that has ended. */
    void forget(int layer) throws InterruptedException {
        tell("job-dismiss", Map.of("id", jobOf(layer)));
    }

    /** Ends merges that are at work; what became of each says {@link #mergeOf}. */
    void cancelMerges() throws QmpException, InterruptedException {
        for (String job : runningMerges()) {
            tell("job-cancel", Map.of("id", job));
        }
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!runningMerges().isEmpty() && System.nanoTime() < end) {
            guest.pause(GLANCE);
        }
    }

    private List<String> runningMerges() throws QmpException, InterruptedException {
        return jobs().filter(job -> !job.path("status").asString("").equals("concluded"))
                .map(job -> job.path("id").asString(""))
                .filter(id -> id.startsWith(JOB))
                .toList();
    }

    private Stream<JsonNode> jobs() throws QmpException, InterruptedException {
        return guest.execute("query-jobs", Map.of(), LIMIT).valueStream();
    }

    /** Gets {@code top} ready for {@link #switchTo}. */
    void prepare(DiskLayer top) throws QmpException, InterruptedException {
        String node = DiskChain.nodeOf(top.id());
        guest.execute(
                "blockdev-add",
                Map.of("driver", "file", "node-name", node + "-file", "filename", top.file(), "discard", "unmap"),
                LIMIT);
        Map<String, Object> format = new LinkedHashMap<>(
                Map.of("driver", "qcow2", "node-name", node, "file", node + "-file", "discard", "unmap"));
        // It is put on what is there by the next command; its header is not asked.
        format.put("backing", null);
        guest.execute("blockdev-add", format, LIMIT);
    }

    private boolean freeze() throws QmpException, InterruptedException {
        if (!hasAgent()) {
            return false;
        }
        Optional<GuestAgent> found = GuestAgent.connect(agent, AGENT_GREETING);
        if (found.isEmpty()) {
            return false;
        }
        try (GuestAgent open = found.get()) {
            if (open.call("guest-fsfreeze-freeze", Map.of(), FREEZE).isPresent()) {
                return true;
            }
        }
        // Refused, or late: then it may yet happen.
        thaw();
        return false;
    }

    private void tell(String command, Map<String, ?> arguments) throws InterruptedException {
        try {
            guest.execute(command, arguments, LIMIT);
        } catch (QmpException e) {
            LOG.log(Level.DEBUG, "QEMU refused " + command, e);
        }
    }

    private static String jobOf(int layer) {
        return JOB + layer;
    }
}
