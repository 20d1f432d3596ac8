package dev.oriel.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.gateway.console.ConsoleLimits;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many at once: readers that take nothing, consoles that do nothing, everybody coming back, and a VNC server that lies. */
class CrowdIT {
    private static final int STUCK = Integer.getInteger("oriel.test.stuck-viewers", 60);
    private static final int IDLE = Integer.getInteger("oriel.test.idle-consoles", 400);
    private static final int STORM = 150;
    /** What a viewer that takes nothing may cost: one read, in the allocator's sizes. */
    private static final long STUCK_BYTES = 256 << 10;
    /** What is taken from a VM for such a viewer: that, twice as much in the kernel, and what its own socket holds. */
    private static final long TAKEN_BYTES = 1200 << 10;
    /** The allocator takes this much at a time, for each event loop: the last one of each is not full. */
    private static final long BEGUN = PooledByteBufAllocator.DEFAULT.metric().chunkSize()
            * (long) Runtime.getRuntime().availableProcessors();

    private static final byte[] UPDATE = {3, 1, 0, 0, 0, 0, 4, 0, 3, 0};
    private static final int PICTURE = 20_000;
    private static final long PICTURE_NANOS = Duration.ofMillis(20).toNanos();

    @TempDir
    static Path directory;

    static Stage stage;

    @BeforeAll
    static void start() throws Exception {
        ConsoleLimits usual = ConsoleLimits.defaults();
        ConsoleLimits limits = new ConsoleLimits(
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                Duration.ofSeconds(20),
                Duration.ofSeconds(6),
                Duration.ofSeconds(60),
                usual.closing(),
                usual.drain(),
                100_000,
                100_000,
                100_000,
                100_000);
        stage = new Stage(directory, limits, GatewayTransport.best());
    }

    @AfterAll
    static void stop() throws Exception {
        stage.close();
    }

    @Test
    void viewersThatTakeNothing_costABoundedBit_andTheirNeighbourKeepsItsPace() throws Exception {
        AtomicInteger connection = new AtomicInteger();
        LongAdder taken = new LongAdder();
        List<TestViewer> stuck = new ArrayList<>();
        // The first viewer gets pictures at a steady pace, all others as much as they would take.
        try (TestVnc _ = stage.vnc(one -> {
                    if (connection.getAndIncrement() == 0) {
                        paint(one);
                    } else {
                        pour(one, taken);
                    }
                });
                TestViewer good = stage.open()) {
            good.send(UPDATE);
            good.readBytes(PICTURE);
            long before = direct();
            for (int i = 0; i < STUCK; i++) {
                TestViewer viewer = stage.upgrade(TestViewer.slow(stage.port()), stage.claims(Duration.ZERO));
                viewer.handshake().send(UPDATE);
                stuck.add(viewer);
            }
            long began = System.nanoTime();
            int pictures = 0;
            while (System.nanoTime() - began < Duration.ofSeconds(3).toNanos()) {
                good.readBytes(PICTURE);
                pictures++;
            }
            long expected = (System.nanoTime() - began) / PICTURE_NANOS;
            assertThat(pictures).isGreaterThanOrEqualTo((int) (expected * 9 / 10));
            assertThat(direct() - before).isLessThan(STUCK >= 300 ? STUCK * STUCK_BYTES : STUCK * STUCK_BYTES + BEGUN);
            assertThat(taken.sum() / STUCK).isLessThan(TAKEN_BYTES);
            await("the stuck ones are cut")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> stage.consoles().size() == 1);
        } finally {
            for (TestViewer viewer : stuck) {
                viewer.close();
            }
        }
        await().until(() -> stage.consoles().isEmpty());
    }

    private static long direct() {
        return PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
    }

    private static void paint(TestVnc.Connection connection) throws IOException {
        connection.in.readNBytes(UPDATE.length);
        byte[] picture = new byte[PICTURE];
        long next = System.nanoTime();
        while (true) {
            connection.out.write(picture);
            next += PICTURE_NANOS;
            LockSupport.parkNanos(next - System.nanoTime());
        }
    }

    private static void pour(TestVnc.Connection connection, LongAdder taken) throws IOException {
        connection.in.readNBytes(UPDATE.length);
        byte[] bytes = new byte[10_000];
        while (true) {
            connection.out.write(bytes);
            taken.add(bytes.length);
        }
    }

    @Test
    void manyIdleConsoles_stayOpen_andAllAnswerLater() throws Exception {
        List<TestViewer> viewers = new ArrayList<>();
        try (TestVnc vnc = stage.vnc(TestVnc::listen)) {
            for (int i = 0; i < IDLE; i++) {
                viewers.add(stage.open());
            }
            assertThat(stage.consoles()).hasSize(IDLE);
            for (TestViewer viewer : viewers) {
                viewer.send(UPDATE);
            }
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> vnc.connections().stream().noneMatch(one -> one.messages.isEmpty()));
        } finally {
            for (TestViewer viewer : viewers) {
                viewer.close();
            }
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> stage.consoles().isEmpty());
    }

    @Test
    void whenEverybodyComesBackAtOnce_everybodyGetsIn() throws Exception {
        try (TestVnc vnc = stage.vnc(TestVnc::listen);
                ExecutorService crowd = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<TestViewer>> comings = new ArrayList<>();
            for (int i = 0; i < STORM; i++) {
                comings.add(() -> stage.open());
            }
            for (int round = 0; round < 2; round++) {
                List<TestViewer> in = new ArrayList<>();
                for (Future<TestViewer> one : crowd.invokeAll(comings)) {
                    in.add(one.get());
                }
                assertThat(in).hasSize(STORM);
                for (TestViewer viewer : in) {
                    viewer.reset();
                }
            }
            await().atMost(Duration.ofSeconds(20)).until(() -> vnc.open() == 0);
        }
        await().until(() -> stage.consoles().isEmpty());
    }

    @Test
    void aVncServerThatLies_harmsNobodyElse() throws Exception {
        AtomicInteger connection = new AtomicInteger();
        try (TestVnc vnc = stage.vnc(one -> {
                    if (connection.getAndIncrement() == 0) {
                        TestVnc.listen(one);
                    } else {
                        lie(one);
                    }
                });
                TestViewer honest = stage.open()) {
            long before = direct();
            try (TestViewer fooled = stage.open()) {
                fooled.send(UPDATE);
                assertThat(new String(fooled.readBytes(lies().length), StandardCharsets.ISO_8859_1))
                        .isEqualTo(new String(lies(), StandardCharsets.ISO_8859_1));
            }
            honest.send(UPDATE);
            await().until(() -> !vnc.connections().getFirst().messages.isEmpty());
            assertThat(direct() - before)
                    .as("nothing is allocated for what it claims")
                    .isLessThan(8 << 20);
        }
    }

    private static void lie(TestVnc.Connection connection) throws IOException {
        connection.in.readNBytes(UPDATE.length);
        connection.out.write(lies());
        connection.readMessages();
    }

    /** A screen of 65535 × 65535 with rectangles outside of it, a clipboard of 4 GiB, and noise. */
    private static byte[] lies() {
        byte[] script = "<script>alert(1)</script>".getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(200)
                .put((byte) 0)
                .put((byte) 0)
                .putShort((short) 0xFFFF)
                .putShort((short) 0xFFF0)
                .putShort((short) 0xFFF0)
                .putShort((short) 0xFFFF)
                .putShort((short) 0xFFFF)
                .putInt(0)
                .put(script)
                .put((byte) 3)
                .put(new byte[3])
                .putInt(-1)
                .put(script)
                .array();
    }
}
