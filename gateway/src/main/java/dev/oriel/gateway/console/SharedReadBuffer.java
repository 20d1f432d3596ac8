package dev.oriel.gateway.console;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.util.concurrent.FastThreadLocal;

/**
 * One large direct buffer per event loop for all its reads, instead of one per read: what a read brought is nearly
 * always written on before the next read, and only a short write keeps the buffer, which is then replaced. Leaves
 * headroom before the data so that a frame header fits in front of it. One read per event, so that loud consoles do
 * not starve quiet ones.
 */
public final class SharedReadBuffer extends DefaultMaxMessagesRecvByteBufAllocator {
    private final int headroom;
    private final int size;
    private final FastThreadLocal<ByteBuf> buffers = new FastThreadLocal<>() {
        @Override
        protected void onRemoval(ByteBuf buffer) {
            buffer.release();
        }
    };

    /** {@code size} bytes at most per read, behind {@code headroom} free ones. */
    public SharedReadBuffer(int headroom, int size) {
        super(1);
        this.headroom = headroom;
        this.size = size;
    }

    @Override
    public MaxMessageHandle newHandle() {
        return new MaxMessageHandle() {
            @Override
            public int guess() {
                return size;
            }

            @Override
            public ByteBuf allocate(ByteBufAllocator allocator) {
                return next(allocator);
            }
        };
    }

    private ByteBuf next(ByteBufAllocator allocator) {
        ByteBuf buffer = buffers.getIfExists();
        if (buffer == null || buffer.refCnt() != 1) {
            if (buffer != null) {
                buffer.release();
            }
            buffer = allocator.directBuffer(headroom + size, headroom + size);
            buffers.set(buffer);
        }
        return buffer.setIndex(headroom, headroom).retain();
    }
}
