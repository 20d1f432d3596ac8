package dev.oriel.host.sim;

import java.nio.ByteBuffer;

/**
 * How an RFB client wants its pixels: true colour, 8, 16 or 32 bits (RFC 6143 section 7.4).
 *
 * @param bytes per pixel: 1, 2 or 4
 */
record PixelFormat(
        int bytes,
        boolean bigEndian,
        int redMax,
        int greenMax,
        int blueMax,
        int redShift,
        int greenShift,
        int blueShift) {
    /** What the server offers: 32 bits, little-endian, blue lowest, as QEMU does. */
    static final PixelFormat OFFERED = new PixelFormat(4, false, 255, 255, 255, 16, 8, 0);

    PixelFormat {
        if (bytes != 1 && bytes != 2 && bytes != 4) {
            throw new IllegalArgumentException("pixels have 8, 16 or 32 bits");
        }
        if ((redShift | greenShift | blueShift) > 31 || redShift < 0 || greenShift < 0 || blueShift < 0) {
            throw new IllegalArgumentException("a shift is 0 to 31");
        }
    }

    /** Reads the 16 bytes of a PIXEL_FORMAT structure. */
    static PixelFormat read(ByteBuffer in) {
        int bits = in.get() & 0xff;
        in.get(); // depth
        boolean bigEndian = in.get() != 0;
        boolean trueColour = in.get() != 0;
        if (!trueColour) {
            throw new IllegalArgumentException("only true colour");
        }
        int redMax = in.getShort() & 0xffff;
        int greenMax = in.getShort() & 0xffff;
        int blueMax = in.getShort() & 0xffff;
        return new PixelFormat(
                bits / 8, bigEndian, redMax, greenMax, blueMax, in.get() & 0xff, in.get() & 0xff, in.get() & 0xff);
    }

    void write(ByteBuffer out) {
        out.put((byte) (bytes * 8))
                .put((byte) 24)
                .put((byte) (bigEndian ? 1 : 0))
                .put((byte) 1);
        out.putShort((short) redMax).putShort((short) greenMax).putShort((short) blueMax);
        out.put((byte) redShift).put((byte) greenShift).put((byte) blueShift).put(new byte[3]);
    }

    /** One 0xRRGGBB colour as the client's bytes. */
    byte[] encode(int rgb) {
        long value = (long) ((rgb >> 16 & 255) * redMax / 255) << redShift
                | (long) ((rgb >> 8 & 255) * greenMax / 255) << greenShift
                | (long) ((rgb & 255) * blueMax / 255) << blueShift;
        byte[] pixel = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            int shift = 8 * (bigEndian ? bytes - 1 - i : i);
            pixel[i] = (byte) (value >> shift);
        }
        return pixel;
    }
}
