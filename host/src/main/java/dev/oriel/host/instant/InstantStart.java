package dev.oriel.host.instant;

import dev.oriel.host.qemu.GuestMemory;
import dev.oriel.host.qemu.SealedMemory;
import java.nio.file.Files;
import java.util.Optional;

/** What a VM can start from instead of from nothing. */
public record InstantStart(FrozenState frozen, SealedMemory memory) {
    /** The machine's memory and devices as they were frozen. */
    public GuestMemory guestMemory() {
        return new GuestMemory.PrivateCopy(memory.file(), Optional.of(frozen.state()));
    }

    /** Whether the frozen memory is still in memory: somebody may have killed the process that holds it. */
    boolean isHeld() {
        return Files.exists(memory.file());
    }
}
