package dev.oriel.host.instant;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes a state small while it streams out of QEMU: pages of the guest's memory that equal the frozen memory it started
 * from (or that are zero, when it started from none) are left out, everything else stays as it is. A page that comes
 * more than once, because the guest ran on meanwhile, counts as it came last: after its first record it is never left
 * out. Understands exactly the stream without special capabilities, and refuses whatever else it meets.
 *
 * <p>The form is QEMU's own (migration/ram.c and savevm.c of 7.2): sections of records of a 64-bit page address whose
 * low bits are flags.
 */
final class StateFilter {
    private static final int MAGIC = 0x5145564d;
    private static final int VERSION = 3;
    private static final int END = 0;
    private static final int SECTION_START = 1;
    private static final int SECTION_PART = 2;
    private static final int SECTION_END = 3;
    private static final int SECTION_FULL = 4;
    private static final int CONFIGURATION = 7;
    private static final int FOOTER = 0x7e;
    private static final int ZERO = 0x02;
    private static final int MEM_SIZE = 0x04;
    private static final int PAGE = 0x08;
    private static final int EOS = 0x10;
    private static final int CONTINUE = 0x20;
    private static final int FLAGS = 0xfff;
    private static final int PAGE_BYTES = 4096;
    private static final int BUFFER = 1 << 20;
    /** What QEMU calls the guest's main memory, whose backend we name {@code ram}. */
    private static final Set<String> MEMORY = Set.of("ram", "/objects/ram");

    private final ReadableByteChannel in;
    private final OutputStream out;
    private final Optional<MemorySegment> frozen;
    private final ByteBuffer input = ByteBuffer.allocateDirect(BUFFER).limit(0);
    private final MemorySegment inputBytes =
            MemorySegment.ofBuffer(input.duplicate().clear());
    private final ByteBuffer output = ByteBuffer.allocate(BUFFER);
    private final MemorySegment zeroes = MemorySegment.ofArray(new byte[PAGE_BYTES]);
    private final Map<String, Long> lengths = new HashMap<>();
    private final BitSet sent = new BitSet();
    private String block = "";
    private String written = "";
    private long bytes;

    private StateFilter(ReadableByteChannel in, OutputStream out, Optional<MemorySegment> frozen) {
        this.in = in;
        this.out = out;
        this.frozen = frozen;
    }

    /**
     * Reads a state to its end.
     *
     * @param frozen what the guest's memory was when it began; empty: all zero
     * @return how many bytes were written
     * @throws IOException also when the stream is not what it should be
     */
    static long run(ReadableByteChannel in, OutputStream out, Optional<MemorySegment> frozen) throws IOException {
        StateFilter filter = new StateFilter(in, out, frozen);
        filter.header();
        filter.memorySections();
        filter.rest();
        return filter.bytes;
    }

    private void header() throws IOException {
        if (copyInt() != MAGIC || copyInt() != VERSION) {
            throw new IOException("not a state of this QEMU");
        }
    }

    private void memorySections() throws IOException {
        int memory = -1;
        boolean ended = false;
        while (!ended) {
            int type = copyByte();
            switch (type) {
                case CONFIGURATION -> copy(copyInt());
                case SECTION_START -> {
                    memory = copyInt();
                    String name = copyName();
                    if (!name.equals("ram")) {
                        throw new IOException("a section that is not understood: " + name);
                    }
                    copy(8);
                    records();
                    footer(memory);
                }
                case SECTION_PART, SECTION_END -> {
                    int id = copyInt();
                    if (id != memory) {
                        throw new IOException("a section that nothing has begun");
                    }
                    records();
                    footer(memory);
                    ended = type == SECTION_END;
                }
                case END, SECTION_FULL -> throw new IOException("a state without memory");
                default -> throw new IOException("a part of a state that is not understood: " + type);
            }
        }
    }

    private void footer(int section) throws IOException {
        if (copyByte() != FOOTER || copyInt() != section) {
            throw new IOException("a section that does not end as it should");
        }
    }

    private void records() throws IOException {
        while (true) {
            need(8);
            long head = input.getLong();
            int flags = (int) (head & FLAGS);
            if (flags == EOS) {
                room(8);
                output.putLong(head);
                return;
            }
            if (flags == MEM_SIZE) {
                blocks(head);
            } else {
                page(head & ~(long) FLAGS, flags);
            }
        }
    }

    /** The list of memory blocks: their total size, then name and size of each. */
    private void blocks(long head) throws IOException {
        room(8);
        output.putLong(head);
        long left = head & ~(long) FLAGS;
        while (left > 0) {
            String name = copyName();
            need(8);
            long length = input.getLong();
            room(8);
            output.putLong(length);
            lengths.put(name, length);
            left -= length;
        }
    }

    private void page(long address, int flags) throws IOException {
        int kind = flags & ~CONTINUE;
        if (kind != PAGE && kind != ZERO) {
            throw new IOException("a record that is not understood: " + flags);
        }
        if ((flags & CONTINUE) == 0) {
            need(1);
            int length = Byte.toUnsignedInt(input.get());
            need(length);
            byte[] name = new byte[length];
            input.get(name);
            block = new String(name, StandardCharsets.US_ASCII);
        }
        int size = kind == PAGE ? PAGE_BYTES : 1;
        need(size);
        int at = input.position();
        if (!isKnown(address, kind, at)) {
            head(address, kind);
            room(size);
            output.put(input.duplicate().limit(at + size));
        }
        input.position(at + size);
    }

    /** Whether the page is what a fresh copy has there anyway. */
    private boolean isKnown(long address, int kind, int at) throws IOException {
        if (!MEMORY.contains(block)) {
            return false;
        }
        int page = (int) (address / PAGE_BYTES);
        if (sent.get(page)) {
            return false;
        }
        boolean known = equalsFrozen(address, kind, at);
        if (!known) {
            sent.set(page);
        }
        return known;
    }

    private boolean equalsFrozen(long address, int kind, int at) throws IOException {
        if (frozen.isEmpty()) {
            return kind == ZERO;
        }
        MemorySegment then = frozen.get();
        if (address + PAGE_BYTES > then.byteSize()) {
            throw new IOException("a page beyond the frozen memory");
        }
        MemorySegment now = kind == PAGE ? inputBytes : zeroes;
        long from = kind == PAGE ? at : 0;
        return MemorySegment.mismatch(now, from, from + PAGE_BYTES, then, address, address + PAGE_BYTES) < 0;
    }

    private void head(long address, int kind) throws IOException {
        boolean same = block.equals(written);
        room(8 + 256);
        output.putLong(address | kind | (same ? CONTINUE : 0));
        if (!same) {
            byte[] name = block.getBytes(StandardCharsets.US_ASCII);
            output.put((byte) name.length).put(name);
            written = block;
        }
    }

    private void rest() throws IOException {
        while (true) {
            flushInput();
            input.clear();
            int read = in.read(input);
            input.flip();
            if (read < 0) {
                flush();
                return;
            }
        }
    }

    private void flushInput() throws IOException {
        while (input.hasRemaining()) {
            flush();
            int count = Math.min(input.remaining(), output.remaining());
            output.put(input.duplicate().limit(input.position() + count));
            input.position(input.position() + count);
        }
    }

    private int copyByte() throws IOException {
        need(1);
        room(1);
        byte value = input.get();
        output.put(value);
        return Byte.toUnsignedInt(value);
    }

    private int copyInt() throws IOException {
        need(4);
        room(4);
        int value = input.getInt();
        output.putInt(value);
        return value;
    }

    private String copyName() throws IOException {
        int length = copyByte();
        need(length);
        room(length);
        byte[] name = new byte[length];
        input.get(name);
        output.put(name);
        return new String(name, StandardCharsets.US_ASCII);
    }

    private void copy(int length) throws IOException {
        if (length < 0 || length > BUFFER / 2) {
            throw new IOException("a part of a state of an odd size");
        }
        need(length);
        room(length);
        output.put(input.duplicate().limit(input.position() + length));
        input.position(input.position() + length);
    }

    /** Has at least so many bytes in the input. */
    private void need(int count) throws IOException {
        if (input.remaining() >= count) {
            return;
        }
        input.compact();
        while (input.position() < count) {
            if (in.read(input) < 0) {
                throw new EOFException("the state ended too early");
            }
        }
        input.flip();
    }

    /** Makes room for so many bytes in the output. */
    private void room(int count) throws IOException {
        if (output.remaining() < count) {
            flush();
        }
    }

    private void flush() throws IOException {
        output.flip();
        bytes += output.remaining();
        out.write(output.array(), 0, output.limit());
        output.clear();
    }
}
