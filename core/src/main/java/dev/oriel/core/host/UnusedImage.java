package dev.oriel.core.host;

import dev.oriel.core.unit.Bytes;
import java.time.Instant;

/**
 * A file of a host that nothing needs any more: no template, VM, snapshot, suspended or warm guest, and no drive.
 *
 * @param kind what it is: a base image, a disc, or what was left of making one
 * @param name of the file, without its directory
 * @param unusedSince when that was first seen
 * @param keptUntil it is removed at the next look after this
 */
public record UnusedImage(Kind kind, String name, Bytes size, Instant unusedSince, Instant keptUntil) {
    /** What a file on a host is. */
    public enum Kind {
        BASE,
        DISC,
        LEFTOVER
    }
}
