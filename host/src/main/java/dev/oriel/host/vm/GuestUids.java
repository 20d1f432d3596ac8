package dev.oriel.host.vm;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Which uid each instance's process gets: its own, from a range, when this process is root and a range is set. Used
 * under the host's lock.
 */
final class GuestUids {
    private static final Logger LOG = System.getLogger(GuestUids.class.getName());

    /** Above the uids of guests, which are given out from the lowest. */
    private static final int IMPORTS = 4_000;

    private static final int EGRESS = 4_001;

    private static final int NOBODY = 65_534;

    private final OptionalInt base;

    private GuestUids(OptionalInt base) {
        this.base = base;
    }

    /** Says once, in the log, when a range is set but cannot be used. */
    static GuestUids of(OptionalInt base, List<Path> needed) throws IOException {
        if (base.isEmpty()) {
            return new GuestUids(base);
        }
        if ((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") != 0) {
            LOG.log(Level.WARNING, "host.uid-base is set, but only root can start VMs under other uids");
            return new GuestUids(OptionalInt.empty());
        }
        for (Path directory : needed) {
            Optional<Path> closed = closedParent(directory.toRealPath());
            if (closed.isPresent()) {
                LOG.log(
                        Level.WARNING,
                        "VMs run under this process's own uid: " + closed.get() + " lets no other uid pass, so theirs"
                                + " could not reach " + directory + "; cure: chmod o+x " + closed.get()
                                + ", or another data directory");
                return new GuestUids(OptionalInt.empty());
            }
        }
        return new GuestUids(base);
    }

    /** The lowest uid of the range that none of {@code taken} has. */
    Optional<Integer> next(Collection<Integer> taken) {
        if (base.isEmpty()) {
            return Optional.empty();
        }
        int uid = base.getAsInt();
        while (taken.contains(uid)) {
            uid++;
        }
        return Optional.of(uid);
    }

    /** Under which uid images are converted: one that no guest has. Empty when this process is not root. */
    OptionalInt forImports() throws IOException {
        return apart(IMPORTS);
    }

    /** Under which uid guests' connections to the world are made: as {@link #forImports}, but another one. */
    OptionalInt forEgress() throws IOException {
        return apart(EGRESS);
    }

    private OptionalInt apart(int offset) throws IOException {
        if (base.isPresent()) {
            return OptionalInt.of(base.getAsInt() + offset);
        }
        boolean root = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
        return root ? OptionalInt.of(NOBODY) : OptionalInt.empty();
    }

    private static Optional<Path> closedParent(Path directory) throws IOException {
        Path path = directory;
        while (path != null) {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
            if (!permissions.contains(PosixFilePermission.OTHERS_EXECUTE)) {
                return Optional.of(path);
            }
            path = path.getParent();
        }
        return Optional.empty();
    }
}
