package dev.oriel.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.console.ConsoleTicket;
import dev.oriel.core.console.Revocation;
import dev.oriel.gateway.console.ConsoleLimits;
import dev.oriel.gateway.rfb.ClientStreams;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The relay itself: every byte, slow and dead viewers, Redis away, noise from viewers. Deadlines are shortened. */
@Timeout(90)
class RelayIT {
    private static final byte[] UPDATE = {3, 0, 0, 0, 0, 0, 4, 0, 3, 0};
    private static final int SERVER_BYTES = 64 << 20;
    /** Mutated streams per run; the long run takes ten times as many. */
    private static final int NOISY_VIEWERS = Integer.getInteger("oriel.test.noisy-viewers", 1000);

    @TempDir
    static Path directory;

    static Stage stage;

    @BeforeAll
    static void start() throws Exception {
        stage = new Stage(directory, limits(), GatewayTransport.best());
    }

    private static ConsoleLimits limits() {
        return new ConsoleLimits(
                Duration.ofSeconds(2),
                Duration.ofMillis(1500),
                Duration.ofSeconds(2),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofMillis(500),
                Duration.ofSeconds(2),
                64,
                100_000,
                100_000,
                2000);
    }

    @AfterAll
    static void stop() throws Exception {
        stage.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1 << 20, 70_000, 1500})
    void everyByteArrives_inOrder(int chunk) throws Exception {
        assertByteExact(stage, chunk, SERVER_BYTES);
    }

    @Test
    void withoutEpoll_theSelectorsOfTheJdkServe() throws Exception {
        Path other = Files.createDirectory(directory.resolve("nio"));
        try (Stage nio = new Stage(other, limits(), GatewayTransport.nio())) {
            assertByteExact(nio, 50_000, 8 << 20);
            try (TestVnc vnc = nio.vnc(TestVnc::listen)) {
                TestViewer viewer = nio.open();
                viewer.send(new byte[] {4, 1, 0, 0, 0, 0, 0, 0x61});
                await().until(() -> !vnc.last().messages.isEmpty());
                viewer.reset();
                await().until(() -> vnc.last().messages.contains("key 00000000000061"));
            }
        }
    }

    private static void assertByteExact(Stage stage, int chunk, int total) throws Exception {
        CRC32C sent = new CRC32C();
        try (TestVnc _ = stage.vnc(connection -> pour(connection, chunk, total, sent));
                TestViewer viewer = stage.open()) {
            viewer.send(UPDATE);
            CRC32C received = new CRC32C();
            long left = total;
            while (left > 0) {
                TestViewer.Frame frame = viewer.read();
                if (frame.opcode() == 9) {
                    // A slow machine: the silent viewer is asked whether it lives.
                    viewer.sendRaw(viewer.frame(0x8A, frame.payload()));
                    continue;
                }
                assertThat(frame.opcode()).isEqualTo(2);
                received.update(frame.payload());
                left -= frame.payload().length;
            }
            assertThat(left).isZero();
            assertThat(received.getValue()).isEqualTo(sent.getValue());
        }
    }

    private static void pour(TestVnc.Connection connection, int chunk, long total, CRC32C sum) throws IOException {
        connection.in.readNBytes(UPDATE.length);
        byte[] bytes = new byte[chunk];
        Random random = new Random(chunk);
        for (long left = total; left > 0; ) {
            int length = (int) Math.min(left, 1 + random.nextInt(chunk));
            random.nextBytes(bytes);
            sum.update(bytes, 0, length);
            connection.out.write(bytes, 0, length);
            left -= length;
        }
        connection.readMessages();
    }

    private static void pourForever(TestVnc.Connection connection) throws IOException {
        byte[] bytes = new byte[100_000];
        connection.in.readNBytes(UPDATE.length);
        while (true) {
            connection.out.write(bytes);
        }
    }

    @Test
    void longTexts_passWhole_andTooLongOnesNotAtAll() throws Exception {
        try (TestVnc vnc = stage.vnc(TestVnc::listen);
                TestViewer viewer = stage.open()) {
            for (int i = 0; i < 40; i++) {
                viewer.send(text(256 << 10));
                viewer.send(text((256 << 10) + 1));
            }
            viewer.send(UPDATE);
            await().until(() -> vnc.last().messages.contains("update 000000000004000300"));
            assertThat(vnc.last().messages).filteredOn("cut 262144"::equals).hasSize(40);
            assertThat(vnc.last().messages).noneMatch("cut 262145"::equals);
        }
    }

    private static byte[] text(int length) {
        byte[] message = new byte[8 + length];
        message[0] = 6;
        java.nio.ByteBuffer.wrap(message).putInt(4, length);
        return message;
    }

    @Test
    void aStuckViewer_isCut_andItsNeighbourIsNot() throws Exception {
        long before = closed("viewer-too-slow");
        try (TestVnc vnc = stage.vnc(RelayIT::pourForever);
                TestViewer stuck = stage.upgrade(TestViewer.slow(stage.port()), stage.claims(Duration.ZERO));
                TestViewer good = stage.open()) {
            stuck.handshake().send(UPDATE);
            good.send(UPDATE);
            long bytes = 0;
            while (closed("viewer-too-slow") == before) {
                for (int i = 0; i < 50; i++) {
                    bytes += good.read().payload().length;
                }
            }
            assertThat(bytes).isGreaterThan(10 << 20);
            await().until(() -> vnc.open() == 1);
            assertThat(good.read().opcode()).isEqualTo(2);
        }
    }

    @Test
    void aSlowViewerThatKeepsReading_isNotCut() throws Exception {
        try (TestVnc _ = stage.vnc(RelayIT::pourForever);
                TestViewer viewer = stage.upgrade(TestViewer.slow(stage.port()), stage.claims(Duration.ZERO))) {
            viewer.handshake().send(UPDATE);
            for (int i = 0; i < 30; i++) {
                assertThat(viewer.read().opcode()).isIn(2, 9);
                Thread.sleep(100);
            }
        }
    }

    @Test
    void aViewerThatAnswersPings_stays_andADeadOneDoesNot() throws Exception {
        try (TestVnc _ = stage.vnc(TestVnc::listen);
                TestViewer alive = stage.open();
                TestViewer dead = stage.open()) {
            for (int i = 0; i < 3; i++) {
                TestViewer.Frame ping = alive.read();
                assertThat(ping.opcode()).isEqualTo(9);
                alive.sendRaw(alive.frame(0x8A, ping.payload()));
            }
            assertThat(dead.closeCode(3000)).isEqualTo(1006);
            assertThat(stage.get("/consoles", "Bearer " + Stage.SECRET).body()).contains(stage.vm.toString());
        }
    }

    @Test
    void whoeverAsksTooSlowly_isNotWaitedFor() throws Exception {
        try (TestViewer slow = TestViewer.connect(stage.port())) {
            slow.sendRaw("GET /vnc/local/".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            assertThat(slow.closeCode(4000)).isEqualTo(1006);
        }
    }

    @Test
    void whileRedisIsAway_nobodyComesIn_andNobodyIsThrownOut() throws Exception {
        try (TestVnc vnc = stage.vnc(TestVnc::listen);
                TestViewer viewer = stage.open()) {
            stage.redis.stop();
            try {
                assertUnavailable();
                assertStillUsed(viewer, vnc.connections().getFirst());
                await().until(() -> stage.get("/readyz").statusCode() == 503);
                assertThat(stage.get("/healthz").statusCode()).isEqualTo(200);
            } finally {
                stage.redis.restart();
            }
            await().until(() -> stage.get("/readyz").statusCode() == 200);
            stage.open().close();
            // The subscription is back too.
            ConsoleTicket ticket = stage.claims(Duration.ZERO);
            try (TestViewer revoked = stage.open(ticket)) {
                stage.revoke(new Revocation(
                        Revocation.Scope.LOGIN,
                        ticket.login().value(),
                        dev.oriel.core.error.ErrorCode.CONSOLE_REVOKED));
                assertThat(revoked.closeCode(2000)).isEqualTo(4003);
            }
        }
    }

    @Test
    void aRevocationMissedWhileRedisWasSilent_isNoticedAfterwards() throws Exception {
        ConsoleTicket ticket = stage.claims(Duration.ZERO);
        String key = Revocation.key(Revocation.Scope.SESSION, ticket.session().value());
        try (TestVnc _ = stage.vnc(TestVnc::listen);
                TestViewer viewer = stage.open(ticket)) {
            CompletableFuture<Integer> code = viewer.closeCodeLater(30_000);
            stage.redis.freeze();
            CompletableFuture<String> set;
            try {
                assertUnavailable();
                // Waits in Redis' socket until it thaws; published it never is.
                set = CompletableFuture.supplyAsync(
                        () -> stage.redis.slowCommand("SET", key, "1", "PX", "60000"),
                        task -> Thread.ofVirtual().start(task));
                await().atMost(Duration.ofSeconds(15))
                        .until(() -> stage.get("/readyz").statusCode() == 503);
            } finally {
                stage.redis.thaw();
            }
            assertThat(set.join()).startsWith("+OK");
            assertThat(code.get(5, TimeUnit.SECONDS)).isEqualTo(4001);
        }
    }

    private static void assertUnavailable() throws IOException {
        long start = System.nanoTime();
        try (TestViewer refused = TestViewer.connect(stage.port())) {
            TestViewer.Answer answer = refused.ask(stage.path(), TestViewer.upgrade(stage.ticket()));
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.head()).containsIgnoringCase("retry-after: ");
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
    }

    private static void assertStillUsed(TestViewer viewer, TestVnc.Connection vnc) throws IOException {
        viewer.send(new byte[] {5, 0, 0, 7, 0, 7});
        await().until(() -> vnc.messages.contains("pointer 0000070007"));
    }

    @Test
    void noiseFromViewers_reachesTheVmOnlyAsLegalMessages() throws Exception {
        try (TestVnc vnc = stage.vnc(TestVnc::listen)) {
            try (ExecutorService viewers = Executors.newFixedThreadPool(8)) {
                for (int seed = 0; seed < NOISY_VIEWERS; seed++) {
                    Random random = new Random(seed);
                    var _ = viewers.submit(() -> makeNoise(random));
                }
            }
            await().until(() -> vnc.open() == 0);
            assertThat(vnc.connections()).hasSize(NOISY_VIEWERS);
            assertThat(vnc.connections())
                    .allSatisfy(one -> assertThat(one.illegal).isEmpty());
            long messages = vnc.connections().stream()
                    .mapToLong(one -> one.messages.size())
                    .sum();
            assertThat(messages).isGreaterThan(NOISY_VIEWERS);
        }
    }

    private static boolean makeNoise(Random random) throws IOException {
        ByteBuf stream = ClientStreams.mutated(random);
        try (TestViewer viewer = stage.upgrade(TestViewer.connect(stage.port()), stage.claims(Duration.ZERO))) {
            while (stream.isReadable()) {
                byte[] piece = new byte[Math.min(stream.readableBytes(), 1 + random.nextInt(500))];
                stream.readBytes(piece);
                viewer.send(piece);
            }
            viewer.sendRaw(viewer.frame(0x88, new byte[0]));
            viewer.closeCode(3000);
            return true;
        } catch (java.net.SocketException e) {
            // The gateway had heard enough.
            return false;
        }
    }

    @Test
    void whenTheGatewayStops_viewersAreTold() throws Exception {
        Path other = Files.createDirectory(directory.resolve("stop"));
        Stage stopping = new Stage(other, limits(), GatewayTransport.best());
        try (TestVnc vnc = stopping.vnc(TestVnc::listen);
                TestViewer viewer = stopping.open()) {
            viewer.send(new byte[] {4, 1, 0, 0, 0, 0, 0, 0x61});
            await().until(() -> !vnc.last().messages.isEmpty());
            CompletableFuture<Integer> code = viewer.closeCodeLater(3000);
            long start = System.nanoTime();
            stopping.gateway.close();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
            assertThat(code.join()).isEqualTo(1012);
            await().until(() -> vnc.last().messages.contains("key 00000000000061"));
        } finally {
            stopping.close();
        }
    }

    private static long closed(String reason) throws Exception {
        String label = "oriel_gateway_consoles_closed_total{reason=\"" + reason + "\"} ";
        return stage.get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(label))
                .mapToLong(line -> Long.parseLong(line.substring(label.length())))
                .sum();
    }
}
