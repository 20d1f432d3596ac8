package dev.oriel.api.vm;

import dev.oriel.api.http.FieldError;
import dev.oriel.core.vm.VmId;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;

/** A place in a list of VMs as a short opaque text: the time to the microsecond, as Postgres keeps it, and the id. */
final class PageCursor {
    private static final int LENGTH = 24;
    private static final int MICROS = 1_000_000;

    private PageCursor() {}

    static String write(Vm last) {
        Instant at = last.createdAt();
        ByteBuffer bytes = ByteBuffer.allocate(LENGTH)
                .putLong(Math.addExact(Math.multiplyExact(at.getEpochSecond(), MICROS), at.getNano() / 1000))
                .putLong(last.id().value().getMostSignificantBits())
                .putLong(last.id().value().getLeastSignificantBits());
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    static VmStore.Cursor read(String text) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
            long micros = bytes.getLong();
            VmId id = new VmId(new UUID(bytes.getLong(), bytes.getLong()));
            // Beyond these Postgres has no time to compare with.
            if (bytes.hasRemaining() || micros < 0 || micros > 4_000_000_000L * MICROS) {
                throw new IllegalArgumentException("not a cursor");
            }
            Instant at = Instant.ofEpochSecond(micros / MICROS, micros % MICROS * 1000);
            return new VmStore.Cursor(at, id);
        } catch (IllegalArgumentException | java.nio.BufferUnderflowException e) {
            throw FieldError.problem("after", "is not a place in this list: use the Link header as it is");
        }
    }
}
