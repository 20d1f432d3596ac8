package dev.oriel.host.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an RFB client sees of a test card. */
@Timeout(20)
class VncTestServerTest {
    @TempDir
    Path dir;

    private Path socket;
    private TestCard card;
    private VncTestServer server;

    @BeforeEach
    void start() throws IOException {
        socket = dir.resolve("vnc/card");
        card = new TestCard("Oriel  tiny", "simulated");
        server = VncTestServer.start(socket, () -> card, "A card");
    }

    @AfterEach
    void stop() {
        server.close();
        assertThat(socket).doesNotExist();
    }

    @Test
    void aViewer_getsTheWholePicture_inItsOwnPixelFormat() throws IOException {
        try (Viewer viewer = new Viewer()) {
            assertThat(viewer.name).isEqualTo("A card");
            viewer.pixelFormat(new PixelFormat(4, false, 255, 255, 255, 0, 8, 16));
            viewer.request(false, TestCard.WHOLE);
            byte[] pixels = viewer.update(TestCard.WHOLE, 4);
            assertThat(pixelAt(pixels, 50, 200)).isEqualTo(0xF5F5F5 << 8); // first bar
            viewer.pixelFormat(new PixelFormat(2, true, 31, 63, 31, 11, 5, 0));
            Area dot = new Area(50, 200, 1, 1);
            viewer.request(false, dot);
            byte[] pixel = viewer.update(dot, 2);
            assertThat(ByteBuffer.wrap(pixel).getShort() & 0xffff)
                    .isEqualTo((0xF5 * 31 / 255) << 11 | (0xF5 * 63 / 255) << 5 | 0xF5 * 31 / 255);
        }
    }

    @Test
    void anIncrementalUpdate_comesOnlyAfterAChange_forEveryViewer() throws IOException {
        try (Viewer one = new Viewer();
                Viewer two = new Viewer()) {
            for (Viewer viewer : new Viewer[] {one, two}) {
                viewer.request(false, TestCard.WHOLE);
                viewer.update(TestCard.WHOLE, 4);
                viewer.request(true, TestCard.WHOLE);
            }
            assertThat(one.answersWithin(Duration.ofMillis(50))).isFalse();
            byte[] before = card.png();
            one.key('a');
            assertThat(one.updateArea().isEmpty()).isFalse();
            assertThat(two.updateArea().isEmpty()).isFalse();
            assertThat(card.png()).isNotEqualTo(before);
        }
    }

    @Test
    void backSpace_takesBackWhatWasTyped() {
        TypedText text = new TypedText(3, 2);
        "abcdef".chars().forEach(text::key);
        assertThat(text.lines()).containsExactly("abc", "def");
        text.key('g');
        assertThat(text.lines()).containsExactly("def", "g");
        text.key(0xff08);
        text.key(0xff08);
        text.key(0xff08);
        text.key(0xffe1); // shift writes nothing
        assertThat(text.lines()).containsExactly("de");
        text.key(0xff0d);
        assertThat(text.lines()).containsExactly("de", "");
    }

    @Test
    void aClickLeavesAMark_movingDoesNot() {
        byte[] before = card.png();
        card.pointer(640, 20, 0);
        assertThat(card.png()).isEqualTo(before);
        card.pointer(640, 20, 1);
        assertThat(card.png()).isNotEqualTo(before);
        card.pointer(0, 0, 0);
        card.pointer(5000, 5000, 1);
        card.pointer(1279, 799, 0);
    }

    @Test
    void nonsense_endsTheViewer_notTheServer() throws IOException {
        try (Viewer viewer = new Viewer()) {
            viewer.send(new byte[] {(byte) 200, 1, 2, 3});
            assertThat(viewer.ended()).isTrue();
        }
        try (Viewer viewer = new Viewer()) {
            viewer.send(ByteBuffer.allocate(8)
                    .put((byte) 6)
                    .position(4)
                    .putInt(Integer.MAX_VALUE)
                    .array());
            assertThat(viewer.ended()).isTrue();
        }
        try (Viewer viewer = new Viewer()) {
            viewer.request(false, new Area(60000, 60000, 1000, 1000));
            viewer.request(false, new Area(0, 0, 2, 2));
            assertThat(viewer.updateArea()).isEqualTo(new Area(0, 0, 2, 2));
        }
    }

    private static int pixelAt(byte[] pixels, int x, int y) {
        return ByteBuffer.wrap(pixels).getInt((y * TestCard.WIDTH + x) * 4);
    }

    /** A small RFB client. */
    private final class Viewer implements AutoCloseable {
        private final SocketChannel channel;
        private final DataInputStream in;
        private final OutputStream out;
        private final String name;

        Viewer() throws IOException {
            channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
            in = new DataInputStream(Channels.newInputStream(channel));
            out = Channels.newOutputStream(channel);
            assertThat(new String(in.readNBytes(12), StandardCharsets.US_ASCII)).isEqualTo("RFB 003.008\n");
            send("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(in.readNBytes(2)).containsExactly(1, 1);
            send(new byte[] {1});
            assertThat(in.readInt()).isZero();
            send(new byte[] {1});
            assertThat(in.readUnsignedShort()).isEqualTo(1280);
            assertThat(in.readUnsignedShort()).isEqualTo(800);
            in.readNBytes(16);
            name = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
        }

        void send(byte[] bytes) throws IOException {
            out.write(bytes);
        }

        void pixelFormat(PixelFormat format) throws IOException {
            ByteBuffer message = ByteBuffer.allocate(20).position(4);
            format.write(message);
            send(message.array());
        }

        void request(boolean incremental, Area area) throws IOException {
            send(ByteBuffer.allocate(10)
                    .put((byte) 3)
                    .put((byte) (incremental ? 1 : 0))
                    .putShort((short) area.x())
                    .putShort((short) area.y())
                    .putShort((short) area.width())
                    .putShort((short) area.height())
                    .array());
        }

        void key(int keysym) throws IOException {
            send(ByteBuffer.allocate(8)
                    .put((byte) 4)
                    .put((byte) 1)
                    .putShort((short) 0)
                    .putInt(keysym)
                    .array());
        }

        byte[] update(Area area, int pixelBytes) throws IOException {
            assertThat(head()).isEqualTo(area);
            return in.readNBytes(area.width() * area.height() * pixelBytes);
        }

        Area updateArea() throws IOException {
            Area area = head();
            in.skipNBytes(4L * area.width() * area.height());
            return area;
        }

        boolean ended() throws IOException {
            try {
                return in.read() < 0;
            } catch (SocketException e) {
                return true; // reset: the server did not read all of it
            }
        }

        /** Whether a byte comes in time; closes nothing, reads nothing when none does. */
        boolean answersWithin(Duration limit) throws IOException {
            try (var selector = java.nio.channels.Selector.open()) {
                channel.configureBlocking(false);
                channel.register(selector, java.nio.channels.SelectionKey.OP_READ);
                return selector.select(limit.toMillis()) > 0;
            } finally {
                channel.configureBlocking(true);
            }
        }

        private Area head() throws IOException {
            assertThat(in.readUnsignedByte()).isZero();
            in.readByte();
            assertThat(in.readUnsignedShort()).isEqualTo(1);
            Area area = new Area(
                    in.readUnsignedShort(), in.readUnsignedShort(), in.readUnsignedShort(), in.readUnsignedShort());
            assertThat(in.readInt()).isZero();
            return area;
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
