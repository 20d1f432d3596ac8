package dev.oriel.core.console;

import dev.oriel.core.vm.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One recording as its gateway lists it: {@code GET /recordings} on the gateway's own port with {@code Authorization:
 * Bearer <gateway secret>} answers an array of these. With the same credential {@code PUT /recordings/<vm>/<id>} has it
 * made, with what {@link #wish} puts into the query; asking again changes nothing, and goes on with what a gateway that
 * ended left. {@code PUT …/stop} ends it, {@code DELETE} removes it: 204. {@code GET …/parts/<n>} is the content of
 * part n.
 *
 * <p>A part is what a VNC server said to one client, from its greeting on: blocks of milliseconds since the part began
 * (4 bytes), length (4 bytes, both big-endian) and that many bytes. It needs nothing of the parts before it.
 *
 * @param ended why no more is recorded; empty while it goes on
 * @param bytes of all parts
 * @param length from the start to the last byte
 */
public record RecordingStatus(
        RecordingId id,
        VmId vm,
        Instant startedAt,
        Optional<String> ended,
        long bytes,
        Duration length,
        List<Part> parts) {
    /** The path of the list. */
    public static final String PATH = "/recordings";

    /** Why a recording ended: somebody asked for it. */
    public static final String STOPPED = "stopped";
    /** It is as large as it may be. */
    public static final String FULL = "full";
    /** It is as long as it may be. */
    public static final String LONG = "long";
    /** Its host has no room left. */
    public static final String NO_ROOM = "no-room";
    /** Nobody asked for it any more, as its VM is gone. */
    public static final String VM_GONE = "vm-gone";

    public RecordingStatus {
        parts = List.copyOf(parts);
    }

    /**
     * A piece that can be played by itself.
     *
     * @param startMillis since the recording's start
     */
    public record Part(long startMillis, long bytes) {}

    /** The path of one recording. */
    public static String path(VmId vm, RecordingId id) {
        return PATH + "/" + vm + "/" + id;
    }

    /** The path and query that ask for a recording. */
    public static String wish(VmId vm, RecordingId id, Instant startedAt, long maxBytes, Duration maxLength) {
        return path(vm, id) + "?started=" + startedAt.toEpochMilli() + "&max-bytes=" + maxBytes + "&max-millis="
                + maxLength.toMillis();
    }
}
