package dev.oriel.host.sim;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * One viewer of a test card: RFB 3.8 without password, Raw encoding. One virtual thread reads, one writes; an
 * incremental update goes out only when something changed. Lengths a client claims are bounded. The owner closes a
 * viewer that is {@link #stuck}.
 */
final class VncViewer implements AutoCloseable {
    private static final byte[] VERSION = "RFB 003.008\n".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_ENCODINGS = 1024;
    private static final int MAX_CUT_TEXT = 1 << 20;
    private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final SocketChannel channel;
    private final DataInputStream in;
    private final OutputStream out;
    private final TestCard card;
    private final String name;
    private final Consumer<Area> onChange = this::changed;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();

    private Area dirty = Area.NONE;
    private Area wanted = Area.NONE;
    private boolean wantsFull;
    private boolean closed;
    private PixelFormat format = PixelFormat.OFFERED;
    private volatile long busySince = System.nanoTime();
    private volatile boolean busy = true;

    VncViewer(SocketChannel channel, TestCard card, String name) {
        this.channel = channel;
        this.in = new DataInputStream(Channels.newInputStream(channel));
        this.out = Channels.newOutputStream(channel);
        this.card = card;
        this.name = name;
    }

    /** Serves the viewer until it leaves, misbehaves or is closed. */
    void serve() {
        try (this) {
            greet();
            busy = false;
            card.watch(onChange);
            Thread writer = Thread.ofVirtual().name("sim-vnc-writer").start(this::writeUpdates);
            readMessages();
            writer.interrupt();
        } catch (IOException | IllegalArgumentException e) {
            // the viewer left or talks nonsense: closing is the whole answer
        } finally {
            card.unwatch(onChange);
        }
    }

    /** Whether its greeting, or one update, has taken too long. */
    boolean stuck(long nowNanos) {
        return busy && nowNanos - busySince > STUCK_NANOS;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            work.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            channel.close();
        } catch (IOException e) {
            // nothing is left to be done for it
        }
    }

    private void greet() throws IOException {
        out.write(VERSION);
        byte[] version = in.readNBytes(VERSION.length);
        if (!Arrays.equals(version, VERSION)) {
            throw new IOException("not RFB 3.8");
        }
        out.write(new byte[] {1, 1}); // one security type: None
        if (in.readByte() != 1) {
            throw new IOException("asked for a security type that was not offered");
        }
        out.write(new byte[4]); // security result: fine
        in.readByte(); // shared or not: always shared
        byte[] title = name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer init = ByteBuffer.allocate(24 + title.length);
        init.putShort((short) TestCard.WIDTH).putShort((short) TestCard.HEIGHT);
        PixelFormat.OFFERED.write(init);
        init.putInt(title.length).put(title);
        out.write(init.array());
    }

    private void readMessages() throws IOException {
        while (true) {
            int type = in.read();
            switch (type) {
                case -1 -> throw new EOFException();
                case 0 -> readPixelFormat();
                case 2 -> {
                    in.readByte();
                    skip(4L * bounded(in.readUnsignedShort(), MAX_ENCODINGS));
                }
                case 3 -> readUpdateRequest();
                case 4 -> {
                    boolean down = in.readByte() != 0;
                    in.readShort();
                    card.key(in.readInt(), down);
                }
                case 5 -> {
                    int buttons = in.readUnsignedByte();
                    card.pointer(in.readUnsignedShort(), in.readUnsignedShort(), buttons);
                }
                case 6 -> {
                    skip(3);
                    skip(bounded(in.readInt(), MAX_CUT_TEXT));
                }
                default -> throw new IOException("unknown message");
            }
        }
    }

    private void readPixelFormat() throws IOException {
        skip(3);
        PixelFormat wished = PixelFormat.read(ByteBuffer.wrap(readExactly(16)));
        lock.lock();
        try {
            format = wished;
        } finally {
            lock.unlock();
        }
    }

    private void readUpdateRequest() throws IOException {
        boolean incremental = in.readByte() != 0;
        Area area = new Area(
                        in.readUnsignedShort(), in.readUnsignedShort(), in.readUnsignedShort(), in.readUnsignedShort())
                .within(TestCard.WHOLE);
        lock.lock();
        try {
            wanted = wanted.with(area);
            wantsFull |= !incremental;
            work.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void changed(Area area) {
        lock.lock();
        try {
            dirty = dirty.with(area);
            work.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void writeUpdates() {
        try (this) {
            while (true) {
                Area area = nextUpdate();
                if (area.isEmpty()) {
                    return;
                }
                busySince = System.nanoTime();
                busy = true;
                writeUpdate(area);
                busy = false;
            }
        } catch (InterruptedException | IOException e) {
            // the viewer left
        }
    }

    /** Waits for a request that can be answered; empty when the viewer is closed. */
    private Area nextUpdate() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closed) {
                Area area = wantsFull ? wanted : dirty.within(wanted);
                if (!area.isEmpty()) {
                    dirty = dirty.within(area).equals(dirty) ? Area.NONE : dirty;
                    wanted = Area.NONE;
                    wantsFull = false;
                    return area;
                }
                work.await(1, TimeUnit.MINUTES);
            }
            return Area.NONE;
        } finally {
            lock.unlock();
        }
    }

    private void writeUpdate(Area area) throws IOException {
        byte[][] colours = colours();
        int pixelBytes = colours[0].length;
        ByteBuffer head = ByteBuffer.allocate(16).putShort((short) 0).putShort((short) 1);
        head.putShort((short) area.x()).putShort((short) area.y());
        head.putShort((short) area.width()).putShort((short) area.height()).putInt(0);
        out.write(head.array());
        byte[] row = new byte[area.width()];
        byte[] wire = new byte[area.width() * pixelBytes];
        for (int y = area.y(); y < area.y() + area.height(); y++) {
            card.copyRow(area.x(), y, area.width(), row);
            for (int x = 0; x < row.length; x++) {
                System.arraycopy(colours[row[x]], 0, wire, x * pixelBytes, pixelBytes);
            }
            out.write(wire);
        }
    }

    private byte[][] colours() {
        lock.lock();
        try {
            return Arrays.stream(TestCard.PALETTE).mapToObj(format::encode).toArray(byte[][]::new);
        } finally {
            lock.unlock();
        }
    }

    private byte[] readExactly(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException();
        }
        return bytes;
    }

    private void skip(long length) throws IOException {
        in.skipNBytes(length);
    }

    private static int bounded(int claimed, int most) throws IOException {
        if (claimed < 0 || claimed > most) {
            throw new IOException("a length is too large");
        }
        return claimed;
    }
}
