package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A guest that has taken its VNC server over lies to whoever looks: the console page bears it. */
@ExtendWith(SharedOriel.class)
class HostileScreenIT {
    private static final String SCRIPT = "</h1><img src=x onerror='window.pwned=1'><script>window.pwned=1</script>";

    @Test
    void page_survivesAVncServerThatLies_andRunsNothingOfIt(RunningOriel oriel) throws Exception {
        try (Browser browser = Browser.open(oriel)) {
            OrielUser.register(oriel).awaitTemplate("tiny", SharedOriel.TEMPLATE_LIMIT);
            Page page = browser.page();
            String vm = open(page);
            Path link = oriel.sockets().resolve("vnc").resolve(vm);
            Path real = Files.readSymbolicLink(link);
            Path lies = Files.createTempDirectory(Path.of("/tmp"), "ol").resolve("v");
            try (Liar liar = new Liar(lies)) {
                relink(link, lies);
                page.reload();
                Awaitility.await("the page has tried more than once")
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> liar.served.get() >= 3);
                assertThat(page.evaluate("() => window.pwned === undefined && !document.querySelector('#screen img')"))
                        .isEqualTo(true);
                assertThat(page.title()).doesNotContain("script");
                browser.picture("hostile-screen");
            } finally {
                relink(link, real);
                Files.delete(lies.getParent());
            }
            page.locator("#console[data-state=connected]").waitFor();
        }
    }

    private static String open(Page page) {
        page.navigate("/pages/register");
        page.locator("#username").fill("u" + UUID.randomUUID().toString().substring(0, 12));
        page.locator("#password").fill("correct horse battery 7");
        page.getByTestId("register").click();
        page.waitForURL("**/pages/desktops");
        page.getByTestId("create-tiny").click();
        page.waitForURL("**/pages/console/**");
        page.locator("#console[data-state=connected]").waitFor();
        return page.url().replaceAll(".*/pages/console/([0-9a-f-]{36}).*", "$1");
    }

    private static void relink(Path link, Path target) throws IOException {
        Path fresh = link.resolveSibling(link.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        Files.createSymbolicLink(fresh, target);
        Files.move(fresh, link, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    }

    /** Says it has a screen of 65535 × 65535 with a script for a name, then sends rectangles that do not fit. */
    private static final class Liar implements AutoCloseable {
        private final Path path;
        private final ServerSocketChannel server;
        private final AtomicInteger served = new AtomicInteger();

        Liar(Path path) throws IOException {
            this.path = path;
            this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(path), 16);
            Thread.ofVirtual().start(this::serve);
        }

        private void serve() {
            while (server.isOpen()) {
                try (SocketChannel viewer = server.accept()) {
                    lie(viewer, served.incrementAndGet());
                } catch (IOException e) {
                    // The viewer had enough, or the test is over.
                }
            }
        }

        private static void lie(SocketChannel viewer, int number) throws IOException {
            OutputStream out = Channels.newOutputStream(viewer);
            DataInputStream in = new DataInputStream(Channels.newInputStream(viewer));
            out.write("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII));
            in.readFully(new byte[12]);
            out.write(new byte[] {1, 1});
            in.readByte();
            out.write(new byte[4]);
            in.readByte();
            byte[] name = SCRIPT.getBytes(StandardCharsets.UTF_8);
            // Every other time a size that fits, so that the rectangles are reached too.
            int size = number % 2 == 0 ? 64 : 65535;
            out.write(ByteBuffer.allocate(24 + name.length)
                    .putShort((short) size)
                    .putShort((short) size)
                    .put(new byte[] {32, 24, 0, 1, 0, -1, 0, -1, 0, -1, 16, 8, 0, 0, 0, 0})
                    .putInt(name.length)
                    .put(name)
                    .array());
            out.write(ByteBuffer.allocate(16 + name.length)
                    .put(new byte[] {0, 0, -1, -1})
                    .putShort((short) 65000)
                    .putShort((short) 65000)
                    .putShort((short) 65535)
                    .putShort((short) 65535)
                    .putInt(99_999)
                    .put(name)
                    .array());
        }

        @Override
        public void close() throws IOException {
            server.close();
            Files.deleteIfExists(path);
        }
    }
}
