package dev.oriel.bench.path;

import dev.oriel.core.console.ConsolePermission;
import dev.oriel.gateway.frame.FrameListener;
import dev.oriel.gateway.frame.FrameParser;
import dev.oriel.gateway.frame.Frames;
import dev.oriel.gateway.rfb.RfbUpstream;
import dev.oriel.gateway.wire.Chunk;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A console with nothing around it: upgrade, frames, the gateway's own RFB filter, back-pressure. No ticket, no limits,
 * no deadlines. One thread.
 */
final class Pair implements FrameListener {
    private static final int READ = 256 << 10;
    private static final int VIEWER_READ = 16 << 10;
    /** Shared by all consoles of the process: there is one thread. */
    private static final Chunk IN = Chunk.of(Frames.MAX_HEADER + READ);

    private static final Chunk OUT = Chunk.of(512 << 10);

    private final Port viewer;
    private final Supplier<Port> target;
    private final FrameParser parser = new FrameParser(this);
    private final RfbUpstream filter = new RfbUpstream(ConsolePermission.DRIVE);
    private final Rest toViewer = new Rest();
    private final Rest toVm = new Rest();
    private @Nullable Port vm;
    private boolean closed;

    /** Takes {@code viewer}; {@code target} connects to the VNC server when it is time. */
    Pair(Port viewer, Supplier<Port> target) {
        this.viewer = viewer;
        this.target = target;
        viewer.ownedBy(new Port.Owner() {
            @Override
            public void readable() {
                fromViewer();
            }

            @Override
            public void writable() {
                drain(toViewer, viewer);
            }
        });
        viewer.want(true, false);
    }

    /** What a socket did not take. */
    private static final class Rest {
        @Nullable
        Chunk chunk;

        int at;
        int end;
    }

    private void fromViewer() {
        int count = viewer.receive(IN, 0, VIEWER_READ);
        Port to = vm;
        if (count < 0) {
            close();
        } else if (count > 0 && to == null) {
            upgrade(count);
        } else if (count > 0 && to != null) {
            ByteBuf legal = OUT.bytes().clear();
            parser.parse(IN.bytes().setIndex(0, count));
            put(toVm, to, OUT, 0, legal.readableBytes());
        }
    }

    private void upgrade(int count) {
        String key = Upgrade.key(IN.bytes().toString(0, count, StandardCharsets.US_ASCII));
        byte[] answer = Upgrade.answer(key);
        Port to = target.get();
        vm = to;
        to.ownedBy(new Port.Owner() {
            @Override
            public void readable() {
                fromVm(to);
            }

            @Override
            public void writable() {
                drain(toVm, to);
            }
        });
        OUT.bytes().setBytes(0, answer);
        put(toViewer, viewer, OUT, 0, answer.length);
        to.want(true, false);
    }

    private void fromVm(Port from) {
        int count = from.receive(IN, Frames.MAX_HEADER, READ);
        if (count < 0) {
            close();
        } else if (count > 0) {
            ByteBuf frame = IN.bytes().setIndex(Frames.MAX_HEADER, Frames.MAX_HEADER + count);
            Frames.prependBinaryHeader(frame);
            put(toViewer, viewer, IN, frame.readerIndex(), frame.readableBytes());
        }
    }

    private void put(Rest rest, Port to, Chunk chunk, int at, int length) {
        int sent = length == 0 || closed ? length : to.send(chunk, at, length);
        if (sent < 0) {
            close();
        } else if (sent < length) {
            Chunk kept = Chunk.of(length - sent);
            kept.bytes().setBytes(0, chunk.bytes(), at + sent, length - sent);
            rest.chunk = kept;
            rest.at = 0;
            rest.end = length - sent;
            settle();
        }
    }

    private void drain(Rest rest, Port to) {
        Chunk chunk = rest.chunk;
        int sent = chunk == null ? 0 : to.send(chunk, rest.at, rest.end - rest.at);
        if (sent < 0) {
            close();
            return;
        }
        rest.at += sent;
        if (chunk != null && rest.at == rest.end) {
            chunk.release();
            rest.chunk = null;
            settle();
        }
    }

    private void settle() {
        if (vm != null && !closed) {
            viewer.want(toVm.chunk == null, toViewer.chunk != null);
            vm.want(toViewer.chunk == null, toVm.chunk != null);
        }
    }

    private void close() {
        if (!closed) {
            closed = true;
            viewer.close();
            if (vm != null) {
                vm.close();
            }
        }
    }

    @Override
    public void data(ByteBuf buffer, int index, int length) {
        if (!filter.accept(buffer, index, length, OUT.bytes())) {
            close();
        }
    }

    @Override
    public void ping(byte[] payload, int length) {
        close();
    }

    @Override
    public void closed(int code) {
        close();
    }

    @Override
    public void violated(int closeCode, String why) {
        close();
    }
}
