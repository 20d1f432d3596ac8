package dev.oriel.core.unit;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** A size in bytes, never negative. JSON: a plain number. */
public record Bytes(@JsonValue long value) implements Comparable<Bytes> {
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;

    @JsonCreator
    public Bytes {
        if (value < 0) {
            throw new IllegalArgumentException("a size is never negative");
        }
    }

    public static Bytes ofMiB(long mebibytes) {
        return new Bytes(Math.multiplyExact(mebibytes, MIB));
    }

    public static Bytes ofGiB(long gibibytes) {
        return new Bytes(Math.multiplyExact(gibibytes, GIB));
    }

    /** Whole mebibytes, rounded down. */
    public int toMiB() {
        return Math.toIntExact(value / MIB);
    }

    /** Whole gibibytes, rounded up: a disk of a bit over 8 GiB counts as 9. */
    public int toGiB() {
        return Math.toIntExact(Math.ceilDiv(value, GIB));
    }

    @Override
    public int compareTo(Bytes other) {
        return Long.compare(value, other.value);
    }
}
