package dev.oriel.app.data;

import dev.oriel.app.child.ServiceUser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;

/**
 * The uids of one installation that root runs: a block of numbers far from everything that Debian gives out, chosen by
 * the place of the data, so that two installations on one machine do not share uids. Immutable.
 *
 * @param first the block's first uid; group ids are the same numbers
 */
public record UidRange(int first) {
    private static final int SIZE = 4096;
    private static final int BLOCKS = 1 << 16;
    private static final int HIGH_START = 0x4000_0000;
    private static final int LOW_START = 40_000;
    private static final int FIRST_OF_QEMU = 16;

    /** The block written to {@code file}, chosen and written at first use. */
    public static UidRange load(Path file, Path root) {
        try {
            if (!Files.exists(file)) {
                SecretStore.writePrivate(file, Integer.toString(choose(root)));
            }
            return new UidRange(Integer.parseInt(Files.readString(file).strip()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public ServiceUser postgres() {
        return new ServiceUser.Own(first + 1, false);
    }

    public ServiceUser redis() {
        return new ServiceUser.Own(first + 2, false);
    }

    /** May listen on 80 and 443. */
    public ServiceUser nginx() {
        return new ServiceUser.Own(first + 3, true);
    }

    /** Prometheus and its node exporter. */
    public ServiceUser monitoring() {
        return new ServiceUser.Own(first + 5, false);
    }

    /** The group that may open VNC sockets. */
    public int vncGroup() {
        return first + 4;
    }

    /** The first of the uids that QEMU processes run under. */
    public int qemu() {
        return first + FIRST_OF_QEMU;
    }

    private static int choose(Path root) throws IOException {
        String[] map = Files.readString(Path.of("/proc/self/uid_map")).strip().split("\\s+");
        if (Long.parseLong(map[2]) < HIGH_START + (long) BLOCKS * SIZE) {
            // A container with few uids: two installations in it share theirs.
            return LOW_START;
        }
        CRC32 crc = new CRC32();
        crc.update(root.toString().getBytes(StandardCharsets.UTF_8));
        return HIGH_START + (int) (crc.getValue() % BLOCKS) * SIZE;
    }
}
