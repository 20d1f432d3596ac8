package dev.oriel.gateway.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The cases of the Autobahn WebSocket test suite that concern a server which takes binary messages only, under its
 * numbers. Each is tried whole, byte by byte, and in pieces of 997 bytes. Its text cases (6.*) all end with 1003 here,
 * its compression cases (12.*, 13.*) do not apply: no extension is ever offered.
 */
class AutobahnCasesTest {
    private static final int FIN = 0x80;
    private static final int BINARY = 2;

    /** A case: what the client sends, what is heard of it, and how many bytes of data arrive. */
    record Case(String id, ByteBuffer bytes, List<String> events, int data) {
        Case(String id, byte[] wire, List<String> events, int data) {
            this(id, ByteBuffer.wrap(wire), events, data);
        }

        byte[] wire() {
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(bytes.position(), copy);
            return copy;
        }

        @Override
        public String toString() {
            return id;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                        messages(),
                        pings(),
                        reservedBits(),
                        opcodes(),
                        fragments(),
                        texts(),
                        closing(),
                        closeCodes(),
                        large(),
                        chopped(),
                        many())
                .flatMap(List::stream);
    }

    private static List<Case> messages() {
        int[] sizes = {0, 125, 126, 127, 128, 65535, 65536, 65536};
        return IntStream.range(0, sizes.length)
                .mapToObj(i -> ok("1.2." + (i + 1), sizes[i], frame(FIN | BINARY, sizes[i])))
                .toList();
    }

    private static List<Case> pings() {
        byte[] ten = new byte[0];
        List<String> heard = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            ten = join(ten, frame(0x89, i));
            heard.add("ping " + i);
        }
        return List.of(
                new Case("2.1", frame(0x89, 0), List.of("ping 0"), 0),
                new Case("2.2", frame(0x89, "Hello, world!".getBytes(StandardCharsets.UTF_8)), List.of("ping 13"), 0),
                new Case("2.3", frame(0x89, new byte[] {0, -1, -2, -3, -4, -5, 0, -1}), List.of("ping 8"), 0),
                new Case("2.4", frame(0x89, 125), List.of("ping 125"), 0),
                refused("2.5", 1002, frame(0x89, 126)),
                new Case("2.6", frame(0x89, 125), List.of("ping 125"), 0),
                ok("2.7", 0, frame(0x8A, 0)),
                ok("2.8", 0, frame(0x8A, 13)),
                new Case("2.9", join(frame(0x8A, 13), frame(0x89, 4)), List.of("ping 4"), 0),
                new Case("2.10", ten, heard, 0),
                new Case("2.11", ten, heard, 0));
    }

    private static List<Case> reservedBits() {
        byte[] good = frame(FIN | BINARY, 9);
        return List.of(
                refused("3.1", 1002, frame(FIN | 0x10 | BINARY, 9)),
                refusedAfter("3.2", 9, join(good, frame(FIN | 0x20 | BINARY, 9), frame(0x89, 0))),
                refusedAfter("3.3", 9, join(good, frame(FIN | 0x30 | BINARY, 9), frame(0x89, 0))),
                refusedAfter("3.4", 9, join(good, frame(FIN | 0x40 | BINARY, 9), frame(0x89, 0))),
                refused("3.5", 1002, frame(FIN | 0x50 | BINARY, 9)),
                refused("3.6", 1002, frame(FIN | 0x60 | 9, 9)),
                refused("3.7", 1002, frame(FIN | 0x70 | 8, 0)));
    }

    private static List<Case> opcodes() {
        List<Case> cases = new ArrayList<>();
        int[] data = {3, 4, 5, 6, 7};
        int[] control = {11, 12, 13, 14, 15};
        for (int i = 0; i < 5; i++) {
            byte[] before = i < 2 ? new byte[0] : frame(FIN | BINARY, 5);
            int length = i % 2 == 0 ? 0 : 9;
            int arrived = i < 2 ? 0 : 5;
            cases.add(refusedAfter(
                    "4.1." + (i + 1), arrived, join(before, frame(FIN | data[i], length), frame(0x89, 0))));
            cases.add(refusedAfter(
                    "4.2." + (i + 1), arrived, join(before, frame(FIN | control[i], length), frame(0x89, 0))));
        }
        return cases;
    }

    private static List<Case> fragments() {
        byte[] first = frame(BINARY, 9);
        byte[] middle = frame(0, 5);
        byte[] last = frame(FIN, 9);
        byte[] ping = frame(0x89, 4);
        return List.of(
                refused("5.1", 1002, join(frame(0x09, 9), last)),
                refused("5.2", 1002, join(frame(0x0A, 9), last)),
                ok("5.3", 18, join(first, last)),
                ok("5.4", 18, join(first, last)),
                ok("5.5", 18, join(first, last)),
                new Case("5.6", join(first, ping, last), List.of("ping 4"), 18),
                new Case("5.7", join(first, ping, last), List.of("ping 4"), 18),
                new Case("5.8", join(first, ping, last), List.of("ping 4"), 18),
                refused("5.9", 1002, join(last, frame(FIN | BINARY, 3))),
                refused("5.10", 1002, join(last, frame(FIN | BINARY, 3))),
                refused("5.11", 1002, join(last, frame(FIN | BINARY, 3))),
                refused("5.12", 1002, join(middle, frame(FIN | BINARY, 3))),
                refused("5.13", 1002, join(middle, frame(FIN | BINARY, 3))),
                refused("5.14", 1002, join(middle, frame(FIN | BINARY, 3))),
                refusedAfter("5.15", 18, join(first, last, middle, frame(FIN | BINARY, 3))),
                refused("5.16", 1002, join(middle, first, last)),
                refused("5.17", 1002, join(last, first, last)),
                refusedAfter("5.18", 9, join(first, frame(FIN | BINARY, 3))),
                new Case("5.19", join(first, middle, ping, middle, ping, last), List.of("ping 4", "ping 4"), 28),
                new Case("5.20", join(first, middle, ping, middle, ping, last), List.of("ping 4", "ping 4"), 28));
    }

    private static List<Case> texts() {
        return List.of(
                refused("1.1.1", 1003, frame(FIN | 1, 0)),
                refused("6.1.1", 1003, frame(FIN | 1, 0)),
                refused("6.2.1", 1003, frame(FIN | 1, "Hello-µ@ßöäüàá-UTF-8!!".getBytes(StandardCharsets.UTF_8))),
                refused("6.3.1", 1003, frame(FIN | 1, new byte[] {(byte) 0xCE, (byte) 0xBA, (byte) 0xED, (byte) 0xA0
                })));
    }

    private static List<Case> closing() {
        byte[] close = frame(0x88, code(1000, ""));
        byte[] message = frame(FIN | BINARY, 5);
        byte[] broken = code(1000, "");
        byte[] badReason = Arrays.copyOf(broken, 2 + 3);
        badReason[2] = (byte) 0xCE;
        badReason[3] = (byte) 0xED;
        badReason[4] = (byte) 0xA0;
        return List.of(
                new Case("7.1.1", join(message, close), List.of("closed 1000"), 5),
                new Case("7.1.2", join(close, close), List.of("closed 1000"), 0),
                new Case("7.1.3", join(close, frame(0x89, 0)), List.of("closed 1000"), 0),
                new Case("7.1.4", join(close, message), List.of("closed 1000"), 0),
                new Case("7.1.5", join(frame(BINARY, 3), close, frame(FIN, 3)), List.of("closed 1000"), 3),
                new Case(
                        "7.1.6",
                        join(frame(FIN | BINARY, 256 << 10), close, frame(0x89, 0)),
                        List.of("closed 1000"),
                        256 << 10),
                new Case("7.3.1", frame(0x88, 0), List.of("closed 1005"), 0),
                refused("7.3.2", 1002, frame(0x88, 1)),
                new Case("7.3.3", close, List.of("closed 1000"), 0),
                new Case("7.3.4", frame(0x88, code(1000, "Hello World!")), List.of("closed 1000"), 0),
                new Case("7.3.5", frame(0x88, code(1000, "*".repeat(123))), List.of("closed 1000"), 0),
                refused("7.3.6", 1002, frame(0x88, code(1000, "*".repeat(124)))),
                refused("7.5.1", 1007, frame(0x88, badReason)));
    }

    private static List<Case> closeCodes() {
        List<Case> cases = new ArrayList<>();
        int[] good = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999};
        int[] bad = {0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535};
        for (int i = 0; i < good.length; i++) {
            cases.add(new Case("7.7." + (i + 1), frame(0x88, code(good[i], "")), List.of("closed " + good[i]), 0));
        }
        for (int i = 0; i < bad.length; i++) {
            cases.add(refused("7.9." + (i + 1) + " and 7.13.*", 1002, frame(0x88, code(bad[i], ""))));
        }
        return cases;
    }

    private static List<Case> large() {
        List<Case> cases = new ArrayList<>();
        int[] sizes = {64 << 10, 256 << 10, 1 << 20, 4 << 20, 8 << 20, 16 << 20};
        for (int i = 0; i < sizes.length; i++) {
            cases.add(ok("9.2." + (i + 1), sizes[i], frame(FIN | BINARY, sizes[i])));
        }
        for (int fragment = 64; fragment <= 4 << 20; fragment <<= 2) {
            int size = fragment;
            int count = (4 << 20) / size;
            ByteArrayOutputStream wire = new ByteArrayOutputStream();
            for (int i = 0; i < count; i++) {
                wire.writeBytes(frame((i == count - 1 ? FIN : 0) | (i == 0 ? BINARY : 0), size));
            }
            cases.add(ok("9.4, fragments of " + size, 4 << 20, wire.toByteArray()));
        }
        return cases;
    }

    /** 9.6.*: one message of a megabyte; its sizes of reads are those of every case here, and smaller. */
    private static List<Case> chopped() {
        return List.of(ok("9.6", 1 << 20, frame(FIN | BINARY, 1 << 20)));
    }

    /** 9.8.*: a thousand messages, of as many bytes as there. And 10.1.1: one in fragments of 1300. */
    private static List<Case> many() {
        List<Case> cases = new ArrayList<>();
        int[] sizes = {0, 16, 64, 256, 1024, 4096};
        for (int i = 0; i < sizes.length; i++) {
            ByteArrayOutputStream wire = new ByteArrayOutputStream();
            for (int message = 0; message < 1000; message++) {
                wire.writeBytes(frame(FIN | BINARY, sizes[i]));
            }
            cases.add(ok("9.8." + (i + 1), 1000 * sizes[i], wire.toByteArray()));
        }
        ByteArrayOutputStream fragments = new ByteArrayOutputStream();
        for (int left = 65536; left > 0; left -= Math.min(left, 1300)) {
            int first = left == 65536 ? BINARY : 0;
            fragments.writeBytes(frame(first | (left <= 1300 ? FIN : 0), Math.min(left, 1300)));
        }
        cases.add(ok("10.1.1, binary", 65536, fragments.toByteArray()));
        return cases;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void case_isHeardAsTheSuiteDemands(Case one) {
        byte[] wire = one.wire();
        for (int piece : new int[] {Integer.MAX_VALUE, 997, 1}) {
            if (piece > 1 || wire.length < 100_000) {
                Heard heard = parse(wire, piece);
                assertThat(heard.events).as("in pieces of %d", piece).isEqualTo(one.events);
                assertThat(heard.data).as("data in pieces of %d", piece).isEqualTo(one.data);
                assertThat(heard.wrong).as("bytes that are not what was sent").isZero();
            }
        }
    }

    private static Heard parse(byte[] wire, int piece) {
        Heard heard = new Heard();
        FrameParser parser = new FrameParser(heard);
        for (int at = 0; at < wire.length; at += Math.min(piece, wire.length - at)) {
            ByteBuf bytes = Unpooled.copiedBuffer(wire, at, Math.min(piece, wire.length - at));
            parser.parse(bytes);
            bytes.release();
        }
        return heard;
    }

    private static Case ok(String id, int data, byte[] wire) {
        return new Case(id, wire, List.of(), data);
    }

    private static Case refused(String id, int code, byte[] wire) {
        return new Case(id, wire, List.of("violated " + code), 0);
    }

    private static Case refusedAfter(String id, int data, byte[] wire) {
        return new Case(id, wire, List.of("violated 1002"), data);
    }

    private static byte[] code(int code, String reason) {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(2 + text.length)
                .putShort((short) code)
                .put(text)
                .array();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Arrays.stream(parts).forEach((Consumer<byte[]>) all::writeBytes);
        return all.toByteArray();
    }

    /** A frame with {@code length} bytes of 0x2A. */
    private static byte[] frame(int first, int length) {
        byte[] payload = new byte[length];
        Arrays.fill(payload, (byte) 0x2A);
        return frame(first, payload);
    }

    private static byte[] frame(int first, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(payload.length + 14).put((byte) first);
        if (payload.length < 126) {
            frame.put((byte) (0x80 | payload.length));
        } else if (payload.length < 65536) {
            frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
        } else {
            frame.put((byte) (0x80 | 127)).putLong(payload.length);
        }
        byte[] mask = {0x12, 0x34, 0x56, 0x78};
        frame.put(mask);
        for (int i = 0; i < payload.length; i++) {
            frame.put((byte) (payload[i] ^ mask[i & 3]));
        }
        return Arrays.copyOf(frame.array(), frame.position());
    }

    private static final class Heard implements FrameListener {
        private final List<String> events = new ArrayList<>();
        private int data;
        private int wrong;

        @Override
        public void data(ByteBuf buffer, int index, int length) {
            data += length;
            for (int i = 0; i < length; i++) {
                wrong += buffer.getByte(index + i) == 0x2A ? 0 : 1;
            }
        }

        @Override
        public void ping(byte[] payload, int length) {
            events.add("ping " + length);
        }

        @Override
        public void closed(int code) {
            events.add("closed " + code);
        }

        @Override
        public void violated(int closeCode, String why) {
            events.add("violated " + closeCode);
        }
    }
}
