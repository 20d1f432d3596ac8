package dev.oriel.host.qemu;

import java.nio.file.Path;
import java.util.Optional;

/** Where a guest's RAM comes from, and with it whether the machine starts from nothing or goes on from a kept state. */
public sealed interface GuestMemory {
    /** Whether the machine waits for {@code migrate-incoming} instead of starting from its firmware. */
    boolean incoming();

    /** Memory of its own, empty at first: a guest that boots. */
    record Anonymous() implements GuestMemory {
        @Override
        public boolean incoming() {
            return false;
        }
    }

    /** Memory of its own, whose content comes with the devices' state by a socket. */
    record Incoming() implements GuestMemory {
        @Override
        public boolean incoming() {
            return true;
        }
    }

    /** A guest that boots. */
    static GuestMemory empty() {
        return new Anonymous();
    }

    /** A file that the guest writes: how a running state is recorded. */
    record SharedFile(Path file) implements GuestMemory {
        @Override
        public boolean incoming() {
            return false;
        }
    }

    /**
     * A private view of frozen memory: what the guest writes is its own, what it only reads is shared with all others.
     *
     * @param file opened by the launcher before privileges are dropped, so the guest's uid need not be able to
     * @param state device state, handed over as {@code fd:}{@value #STATE_FD}; empty when it comes by a socket
     */
    record PrivateCopy(Path file, Optional<Path> state) implements GuestMemory {
        @Override
        public boolean incoming() {
            return true;
        }
    }

    /** Descriptor under which QEMU inherits frozen memory. */
    int MEMORY_FD = 9;
    /** Descriptor under which QEMU inherits a device state. */
    int STATE_FD = 8;
}
