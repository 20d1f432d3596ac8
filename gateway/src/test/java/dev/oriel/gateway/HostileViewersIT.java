package dev.oriel.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.gateway.rfb.ClientStreams;
import io.netty.buffer.ByteBuf;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Viewers that say anything at all, before a real QEMU: it neither ends nor stops nor loses its monitor. */
class HostileViewersIT {
    private static final int VIEWERS = Integer.getInteger("oriel.test.hostile-viewers", 300);
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    static Path directory;

    @Test
    void whateverViewersSend_qemuLives_andItsMonitorAnswers() throws Exception {
        try (Stage stage = new Stage(directory)) {
            Path qmp = stage.sockets().resolve("qmp");
            Process qemu = qemu(stage.socket(), qmp);
            try {
                await().atMost(LIMIT).until(() -> Files.exists(stage.socket()) && Files.exists(qmp));
                AtomicInteger let = new AtomicInteger();
                try (ExecutorService viewers = Executors.newFixedThreadPool(6)) {
                    for (int seed = 0; seed < VIEWERS; seed++) {
                        Random random = new Random(seed);
                        var _ = viewers.submit(() -> {
                            attack(stage, random);
                            return let.incrementAndGet();
                        });
                    }
                }
                assertThat(let).as("all were let in").hasValue(VIEWERS);
                assertThat(qemu.isAlive()).isTrue();
                assertThat(status(qmp)).contains("\"running\": true").doesNotContain("SHUTDOWN", "STOP");
                try (TestViewer honest = stage.open()) {
                    honest.send(new byte[] {3, 0, 0, 0, 0, 0, 0, 64, 0, 64});
                    assertThat(honest.readBytes(1)[0]).as("a picture").isZero();
                }
            } finally {
                qemu.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
                Files.deleteIfExists(qmp);
                Files.deleteIfExists(stage.socket());
            }
        }
    }

    private static Process qemu(Path vnc, Path qmp) throws IOException {
        return new ProcessBuilder(
                        "setpriv",
                        "--pdeathsig",
                        "KILL",
                        "qemu-system-x86_64",
                        "-nodefaults",
                        "-no-user-config",
                        "-display",
                        "none",
                        "-m",
                        "32",
                        "-device",
                        "VGA",
                        "-vnc",
                        "unix:" + vnc + ",share=force-shared",
                        "-qmp",
                        "unix:" + qmp + ",server=on,wait=off")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("qemu.log").toFile())
                .start();
    }

    /** A stream with mutations: in sound frames, or in frames that are broken as well. */
    private static void attack(Stage stage, Random random) throws IOException {
        ByteBuf stream = ClientStreams.mutated(random);
        boolean broken = random.nextInt(3) == 0;
        try (TestViewer viewer = stage.upgrade(TestViewer.connect(stage.port()), stage.claims(Duration.ZERO))) {
            while (stream.isReadable()) {
                byte[] piece = new byte[Math.min(stream.readableBytes(), 1 + random.nextInt(200))];
                stream.readBytes(piece);
                byte[] frame = viewer.frame(0x82, piece);
                if (broken && random.nextInt(4) == 0) {
                    frame[random.nextInt(frame.length)] ^= (byte) (1 << random.nextInt(8));
                }
                viewer.sendRaw(frame);
            }
        } catch (java.net.SocketException e) {
            // The gateway had heard enough.
        }
    }

    /** What the monitor says from its greeting to the answer about the machine's state: events, if there were any, too. */
    private static String status(Path qmp) throws IOException {
        try (SocketChannel monitor = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            monitor.connect(UnixDomainSocketAddress.of(qmp));
            BufferedReader lines = new BufferedReader(Channels.newReader(monitor, StandardCharsets.UTF_8));
            StringBuilder said = new StringBuilder(lines.readLine());
            for (String command : new String[] {"qmp_capabilities", "query-status"}) {
                monitor.write(
                        ByteBuffer.wrap(("{\"execute\":\"" + command + "\"}\n").getBytes(StandardCharsets.US_ASCII)));
                String line;
                do {
                    line = Objects.requireNonNull(lines.readLine(), "the monitor hung up");
                    said.append(line);
                } while (!line.startsWith("{\"return\""));
            }
            return said.toString();
        }
    }
}
