package dev.oriel.gateway.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;

/**
 * A block of direct memory as parsers see it ({@link #bytes}), as the JDK's channels see it and as the kernel sees it.
 * Not thread-safe; {@link #release} once.
 */
public final class Chunk {
    private final ByteBuf bytes;
    private final ByteBuffer buffer;
    private final long address;

    private Chunk(ByteBuf bytes) {
        this.bytes = bytes;
        this.buffer = bytes.nioBuffer(0, bytes.capacity());
        this.address = EpollWires.address(bytes, buffer);
    }

    /** Of {@code capacity} bytes, from the allocator that Netty's own buffers come from. */
    public static Chunk of(int capacity) {
        return new Chunk(PooledByteBufAllocator.DEFAULT.directBuffer(capacity, capacity));
    }

    /** The whole block; indices are the user's own. */
    public ByteBuf bytes() {
        return bytes;
    }

    /** As a channel of the JDK wants it; valid until the next call. */
    public ByteBuffer window(int at, int length) {
        return buffer.clear().position(at).limit(at + length);
    }

    /** Where it lies, for system calls. */
    public long address() {
        return address;
    }

    public void release() {
        bytes.release();
    }
}
