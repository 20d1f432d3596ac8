package dev.oriel.host.qemu;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * How much of the processors a guest gets while others want them too. A guest is in a session of its own, and where the
 * kernel groups sessions (autogroup) a process's niceness counts only within its session: the session's own counts here.
 * Where the kernel does not, nothing is done.
 */
public enum Precedence {
    /** As much as everybody. */
    USUAL(0),
    /**
     * About a third of what each of the others gets. With less, a host that always has much to do would never have a
     * warm clone, and each VM would cost more.
     */
    BACKGROUND(5);

    private static final Logger LOG = System.getLogger(Precedence.class.getName());
    private static final Path ENABLED = Path.of("/proc/sys/kernel/sched_autogroup_enabled");

    private final int niceness;

    Precedence(int niceness) {
        this.niceness = niceness;
    }

    /** Gives it to the guest's session. What the kernel refuses is only said: the guest works as well without. */
    public void giveTo(GuestProcess process) {
        try {
            if (counts()) {
                Files.writeString(sessionOf(process), Integer.toString(niceness), StandardCharsets.US_ASCII);
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "a guest keeps its place in the queue for the processors", e);
        }
    }

    /** Whether the kernel groups sessions here. */
    public static boolean counts() throws IOException {
        return Files.exists(ENABLED)
                && Files.readString(ENABLED, StandardCharsets.US_ASCII).strip().equals("1");
    }

    /** What the kernel says of the guest's session; empty: something else, or it has ended. */
    public static Optional<Precedence> of(GuestProcess process) {
        try {
            String line = Files.readString(sessionOf(process), StandardCharsets.US_ASCII)
                    .strip();
            return Arrays.stream(values())
                    .filter(each -> line.endsWith(" nice " + each.niceness))
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Path sessionOf(GuestProcess process) {
        return Path.of("/proc", Long.toString(process.pid()), "autogroup");
    }
}
