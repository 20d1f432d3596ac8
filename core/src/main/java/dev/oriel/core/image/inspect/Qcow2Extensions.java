package dev.oriel.core.image.inspect;

import static dev.oriel.core.image.inspect.RefusedImageException.require;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The header extensions of a qcow2 file: all inside the first cluster, none that leads elsewhere. */
final class Qcow2Extensions {
    private static final int END = 0;
    private static final int BACKING_FORMAT = 0xe2792aca;
    private static final int DATA_FILE = 0x44415441;
    private static final int ENCRYPTION = 0x0537be77;
    private static final int BITMAPS = 0x23852875;

    private Qcow2Extensions() {}

    static void check(ImageBytes image, Qcow2Head head) throws IOException, RefusedImageException {
        int end = (int) Math.min(head.clusterSize(), image.length());
        ByteBuffer cluster = image.big(0, end);
        int at = head.length();
        while (at + 8 <= end) {
            int type = cluster.getInt(at);
            if (type == END) {
                return;
            }
            require(type != BACKING_FORMAT, "It names the format of a backing file: flatten it first.");
            require(type != DATA_FILE, "It names a file for its data: flatten it first.");
            require(type != ENCRYPTION, "It is encrypted.");
            require(type != BITMAPS, "It has bitmaps: flatten it first.");
            // Any other is by definition safe to leave out, which the conversion does.
            long length = Integer.toUnsignedLong(cluster.getInt(at + 4));
            require(length <= end - at - 8, "A header extension leaves the first cluster.");
            at += 8 + (int) Math.ceilDiv(length, 8) * 8;
        }
        require(at >= head.clusterSize() || image.length() >= head.clusterSize(), "It ends inside its header.");
    }
}
