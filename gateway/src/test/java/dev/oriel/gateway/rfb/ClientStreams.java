package dev.oriel.gateway.rfb;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Client byte streams, legal and spoilt, and a reader of its own that says whether a stream is legal. */
public final class ClientStreams {
    private ClientStreams() {}

    /** A handshake and {@code messages} random messages, some of them ones the gateway drops. */
    public static ByteBuf legal(Random random, int messages) {
        ByteBuf out = Unpooled.buffer();
        out.writeBytes("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII))
                .writeByte(1)
                .writeByte(random.nextInt(2));
        for (int i = 0; i < messages; i++) {
            writeMessage(random, out);
        }
        return out;
    }

    private static void writeMessage(Random random, ByteBuf out) {
        switch (random.nextInt(11)) {
            case 0 ->
                out.writeInt(0)
                        .writeInt(0x20180001)
                        .writeShort(255)
                        .writeShort(255)
                        .writeShort(255)
                        .writeInt(0x10080000)
                        .writeShort(0);
            case 1 -> {
                int count = random.nextInt(20);
                out.writeShort(0x0200).writeShort(count);
                for (int i = 0; i < count; i++) {
                    out.writeInt(random.nextInt(8) == 0 ? -316 : random.nextInt(400) - 350);
                }
            }
            case 2, 3 -> out.writeByte(3).writeByte(random.nextInt(2)).writeLong(random.nextLong());
            case 4 ->
                out.writeByte(4).writeByte(random.nextInt(2)).writeShort(0).writeInt(random.nextInt(0x10000));
            case 5 -> out.writeByte(5).writeByte(random.nextInt(256)).writeInt(random.nextInt());
            case 6 -> {
                int length = random.nextInt(random.nextInt(10) == 0 ? 300_000 : 100);
                out.writeInt(0x06000000).writeInt(length).writeZero(length);
            }
            case 7 -> {
                int length = 4 + random.nextInt(100);
                out.writeInt(0x06000000).writeInt(-length).writeZero(length);
            }
            case 8 ->
                out.writeShort(0xFF00)
                        .writeShort(random.nextInt(2))
                        .writeInt(random.nextInt(0x10000))
                        .writeInt(random.nextInt(128));
            case 9 -> out.writeShort(0xFF01).writeShort(random.nextInt(2));
            default -> {
                int screens = random.nextInt(3);
                out.writeByte(251)
                        .writeByte(0)
                        .writeInt(0x04000300)
                        .writeByte(screens)
                        .writeByte(0);
                out.writeZero(16 * screens);
            }
        }
    }

    /** A legal stream with a few bytes changed, cut out, doubled or made up. */
    public static ByteBuf mutated(Random random) {
        ByteBuf legal = legal(random, 1 + random.nextInt(12));
        byte[] bytes = new byte[legal.readableBytes()];
        legal.readBytes(bytes);
        ByteBuf out = Unpooled.buffer();
        int mutations = 1 + random.nextInt(4);
        // Mostly behind the handshake, else hardly anything gets further.
        int from = random.nextInt(20) == 0 ? 0 : 14;
        int at = 0;
        for (int i = 0; i < mutations && at < bytes.length; i++) {
            int next = Math.max(from, at + random.nextInt(40));
            if (next >= bytes.length) {
                break;
            }
            out.writeBytes(bytes, at, next - at);
            at = next;
            switch (random.nextInt(4)) {
                case 0 -> {
                    out.writeByte(random.nextInt(256));
                    at++;
                }
                case 1 -> at += 1 + random.nextInt(8);
                case 2 -> out.writeByte(random.nextInt(256)).writeByte(random.nextInt(256));
                default -> {
                    out.writeByte(bytes[at] ^ (1 << random.nextInt(8)));
                    at++;
                }
            }
        }
        if (at < bytes.length) {
            out.writeBytes(bytes, at, bytes.length - at);
        }
        return out;
    }

    /** What is wrong with a stream as a VNC server would get it: empty when it is whole and legal. An early end in the handshake is fine. */
    public static String illegal(ByteBuf stream) {
        ByteBuf in = stream.duplicate();
        if (!in.isReadable()) {
            return "";
        }
        if (in.readableBytes() < 12) {
            return "half a version";
        }
        String version = in.readCharSequence(12, StandardCharsets.US_ASCII).toString();
        if (!version.matches("RFB 003\\.00[378]\n")) {
            return "version";
        }
        if (!version.endsWith("3\n") && in.isReadable() && in.readByte() != 1) {
            return "security type";
        }
        if (in.isReadable() && in.readByte() != 1) {
            return "shared flag";
        }
        try {
            while (in.isReadable()) {
                String wrong = message(in, in.readUnsignedByte());
                if (!wrong.isEmpty()) {
                    return wrong;
                }
            }
            return "";
        } catch (IndexOutOfBoundsException e) {
            return "half a message";
        }
    }

    private static String message(ByteBuf in, int type) {
        switch (type) {
            case 0 -> {
                in.skipBytes(3);
                int bits = in.readUnsignedByte();
                in.skipBytes(15);
                return bits == 8 || bits == 16 || bits == 32 ? "" : "bits per pixel";
            }
            case 2 -> {
                in.skipBytes(1);
                int count = in.readUnsignedShort();
                for (int i = 0; i < count; i++) {
                    int encoding = in.readInt();
                    if (encoding == -316 || encoding == -259 || encoding == 0xC0A1E5CE) {
                        return "encoding " + encoding;
                    }
                }
                return count <= 256 ? "" : "encodings";
            }
            case 3 -> in.skipBytes(9);
            case 4 -> in.skipBytes(7);
            case 5 -> in.skipBytes(5);
            case 6 -> {
                in.skipBytes(3);
                int length = in.readInt();
                if (length < 0 || length > 256 << 10) {
                    return "cut text " + length;
                }
                in.skipBytes(length);
            }
            case 255 -> {
                if (in.readByte() != 0) {
                    return "QEMU message";
                }
                in.skipBytes(10);
            }
            default -> {
                return "type " + type;
            }
        }
        return "";
    }
}
