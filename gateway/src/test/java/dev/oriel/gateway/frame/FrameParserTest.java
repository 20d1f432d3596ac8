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
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrameParserTest {
    private static final int MASKED = 0x80;

    @Test
    void data_arrivesWhole_howeverFramesAndReadsAreCut() {
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            ByteArrayOutputStream wire = new ByteArrayOutputStream();
            ByteArrayOutputStream expected = new ByteArrayOutputStream();
            int pings = writeMessages(random, wire, expected);
            Heard heard = new Heard();
            parseInPieces(random, wire.toByteArray(), new FrameParser(heard));
            assertThat(heard.data.toByteArray()).as("seed %d", seed).isEqualTo(expected.toByteArray());
            assertThat(heard.events).hasSize(pings).allMatch(event -> event.startsWith("ping "));
        }
    }

    private static int writeMessages(Random random, ByteArrayOutputStream wire, ByteArrayOutputStream expected) {
        int pings = 0;
        for (int message = 0; message < 5; message++) {
            int fragments = 1 + random.nextInt(3);
            for (int i = 0; i < fragments; i++) {
                byte[] payload = new byte[random.nextInt(10) == 0 ? random.nextInt(70_000) : random.nextInt(300)];
                random.nextBytes(payload);
                expected.writeBytes(payload);
                int last = i == fragments - 1 ? 0x80 : 0;
                wire.writeBytes(frame(last | (i == 0 ? 2 : 0), random.nextInt(), payload));
                if (random.nextInt(3) == 0) {
                    wire.writeBytes(frame(0x89, random.nextInt(), new byte[random.nextInt(126)]));
                    pings++;
                }
            }
        }
        return pings;
    }

    private static void parseInPieces(Random random, byte[] wire, FrameParser parser) {
        int at = 0;
        while (at < wire.length) {
            int count = Math.min(wire.length - at, 1 + random.nextInt(random.nextBoolean() ? 8 : 20_000));
            ByteBuf piece = Unpooled.directBuffer(count).writeBytes(wire, at, count);
            parser.parse(piece);
            assertThat(piece.isReadable()).isFalse();
            piece.release();
            at += count;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "8205, 1002", // not masked
        "C285, 1002", // reserved bit 1
        "A285, 1002", // reserved bit 2
        "9285, 1002", // reserved bit 3
        "8185, 1003", // text
        "8385, 1002", // reserved data opcode
        "8B80, 1002", // reserved control opcode
        "8085, 1002", // continuation of nothing
        "0980, 1002", // fragmented ping
        "89FE007E, 1002", // long ping
        "82FE007D00000000, 1002", // length not minimal, 16 bits
        "82FF000000000000FFFF00000000, 1002", // length not minimal, 64 bits
        "82FF800000000001000000000000, 1002", // negative length
        "82FF000000000100000100000000, 1009", // 16 MiB and one byte
        "888100000000AA, 1002", // close with half a code
        "88820000000003ED, 1002", // close with 1005
        "8882000000000BB7, 1002" // close with 2999
    })
    void whatBreaksTheProtocol_isToldWithTheRightCode(String hex, int code) {
        Heard heard = new Heard();
        FrameParser parser = new FrameParser(heard);
        parser.parse(Unpooled.wrappedBuffer(java.util.HexFormat.of().parseHex(hex)));
        assertThat(heard.events).containsExactly("violated " + code);
        parser.parse(Unpooled.wrappedBuffer(frame(0x82, 5, new byte[] {1, 2, 3})));
        assertThat(heard.data.size()).isZero();
        assertThat(heard.events).hasSize(1);
    }

    @Test
    void aNewMessageInsideAMessage_isAViolation() {
        Heard heard = new Heard();
        FrameParser parser = new FrameParser(heard);
        parser.parse(Unpooled.wrappedBuffer(frame(0x02, 1, new byte[3]), frame(0x82, 1, new byte[3])));
        assertThat(heard.events).containsExactly("violated 1002");
    }

    @Test
    void close_isHeardOnce_withItsCode() {
        Heard heard = new Heard();
        FrameParser parser = new FrameParser(heard);
        byte[] close = frame(0x88, 77, new byte[] {0x0F, (byte) 0xA1, 'b', 'y', 'e'});
        parser.parse(Unpooled.wrappedBuffer(close, close));
        assertThat(heard.events).containsExactly("closed 4001");
    }

    @Test
    void noise_neverThrows_andHoldsNothingBack() {
        for (int seed = 0; seed < 5000; seed++) {
            Random random = new Random(seed);
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            parseInPieces(random, noise, new FrameParser(new Heard()));
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 8200", "125, 827D", "126, 827E007E", "65535, 827EFFFF", "65536, 827F0000000000010000"})
    void serverHeaders_areMinimal(int length, String hex) {
        ByteBuf buffer = Unpooled.buffer(Frames.MAX_HEADER + length);
        buffer.setIndex(Frames.MAX_HEADER, Frames.MAX_HEADER).writeZero(length);
        Frames.prependBinaryHeader(buffer);
        byte[] header = new byte[hex.length() / 2];
        buffer.readBytes(header);
        assertThat(java.util.HexFormat.of().withUpperCase().formatHex(header)).isEqualTo(hex);
        assertThat(buffer.readableBytes()).isEqualTo(length);
    }

    @Test
    void closeFrames_carryCodeAndReason() {
        ByteBuf out = Unpooled.buffer();
        Frames.writeClose(out, 4002, "vm-gone");
        assertThat(out.toString(2 + 2, 7, StandardCharsets.US_ASCII)).isEqualTo("vm-gone");
        assertThat(out.getUnsignedByte(0)).isEqualTo((short) 0x88);
        assertThat(out.getUnsignedByte(1)).isEqualTo((short) 9);
        assertThat(out.getUnsignedShort(2)).isEqualTo(4002);
    }

    private static byte[] frame(int first, int mask, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(payload.length + 14).put((byte) first);
        if (payload.length < 126) {
            frame.put((byte) (MASKED | payload.length));
        } else if (payload.length < 65536) {
            frame.put((byte) (MASKED | 126)).putShort((short) payload.length);
        } else {
            frame.put((byte) (MASKED | 127)).putLong(payload.length);
        }
        frame.putInt(mask);
        for (int i = 0; i < payload.length; i++) {
            frame.put((byte) (payload[i] ^ (mask >>> (24 - 8 * (i & 3)))));
        }
        return Arrays.copyOf(frame.array(), frame.position());
    }

    private static final class Heard implements FrameListener {
        private final ByteArrayOutputStream data = new ByteArrayOutputStream();
        private final List<String> events = new ArrayList<>();

        @Override
        public void data(ByteBuf buffer, int index, int length) {
            byte[] bytes = new byte[length];
            buffer.getBytes(index, bytes);
            data.writeBytes(bytes);
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
