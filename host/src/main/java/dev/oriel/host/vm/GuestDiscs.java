package dev.oriel.host.vm;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.host.qemu.Machine;
import dev.oriel.host.qmp.QmpException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * The disc drive that every guest has beside its boot drive: discs go in and out while it runs, as by hand. QEMU itself
 * remembers which one is in, so a new VM Manager asks it. Callers keep two changes of one guest apart.
 */
final class GuestDiscs {
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final int TRIES = 10;
    private static final String DRIVE = Machine.DISC_DRIVE;
    private static final Pattern IMAGE = Pattern.compile("([0-9a-f]{64})\\.iso");

    private final Guest guest;

    GuestDiscs(Guest guest) {
        this.guest = guest;
    }

    /** What is in the drive, if anything. */
    Optional<ImageDigest> present() throws InterruptedException {
        try {
            for (JsonNode block : guest.execute("query-block", Map.of(), LIMIT)) {
                if (block.path("qdev").asString("").equals(DRIVE)) {
                    return digestOf(block.path("inserted").path("file").asString(""));
                }
            }
            throw new OrielException(
                    ErrorCode.STATE_CONFLICT, "this VM was started before VMs had a disc drive: restart it");
        } catch (QmpException e) {
            throw silent(e);
        }
    }

    /** Puts {@code image} in, in place of what is there. Nothing happens when it is in already. */
    void insert(ImageDigest image, Path file) throws InterruptedException {
        Optional<ImageDigest> before = present();
        if (before.filter(image::equals).isPresent()) {
            return;
        }
        eject();
        String node = nodeOf(image);
        Map<String, Object> protocol = Map.of("driver", "file", "filename", file.toString(), "read-only", true);
        try {
            guest.execute(
                    "blockdev-add",
                    Map.of("driver", "raw", "node-name", node, "read-only", true, "file", protocol),
                    LIMIT);
            try {
                withOpenTray("blockdev-insert-medium", Map.of("id", DRIVE, "node-name", node));
            } catch (QmpException e) {
                guest.execute("blockdev-del", Map.of("node-name", node), LIMIT);
                throw e;
            }
            guest.execute("blockdev-close-tray", Map.of("id", DRIVE), LIMIT);
        } catch (QmpException e) {
            throw silent(e);
        }
    }

    /** Takes out what is in, also against the guest's will; harmless when nothing is. */
    void eject() throws InterruptedException {
        Optional<ImageDigest> before = present();
        try {
            withOpenTray("blockdev-remove-medium", Map.of("id", DRIVE));
            if (before.isPresent()) {
                guest.execute("blockdev-del", Map.of("node-name", nodeOf(before.get())), LIMIT);
            }
        } catch (QmpException e) {
            throw silent(e);
        }
    }

    /**
     * The tray has to be open, also when it is empty: a guest may have locked it, and one that is just looking at its
     * drives may close it again right away.
     */
    private void withOpenTray(String command, Map<String, Object> arguments) throws QmpException, InterruptedException {
        for (int left = TRIES; ; left--) {
            guest.execute("blockdev-open-tray", Map.of("id", DRIVE, "force", true), LIMIT);
            try {
                guest.execute(command, arguments, LIMIT);
                return;
            } catch (QmpException e) {
                if (left == 1 || e.kind() != QmpException.Kind.REFUSED) {
                    throw e;
                }
            }
        }
    }

    /** Node names end at 31 characters. */
    private static String nodeOf(ImageDigest image) {
        return "disc-" + image.value().substring(0, 20);
    }

    private static Optional<ImageDigest> digestOf(String file) {
        Matcher name = IMAGE.matcher(file.substring(file.lastIndexOf('/') + 1));
        return name.matches() ? Optional.of(new ImageDigest(name.group(1))) : Optional.empty();
    }

    private static OrielException silent(QmpException cause) {
        return new OrielException(ErrorCode.UNAVAILABLE, "the VM's process does not take the disc", cause);
    }
}
