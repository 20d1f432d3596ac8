package dev.oriel.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.console.ConsolePermission;
import dev.oriel.core.console.ConsoleTicket;
import dev.oriel.core.console.Revocation;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.vm.VmId;
import dev.oriel.gateway.TestViewer.Answer;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Admission, revocation and endings, against a real Redis and a small VNC server. */
@Timeout(60)
class GatewayIT {
    @TempDir
    static Path directory;

    static Stage stage;

    @BeforeAll
    static void start() throws Exception {
        stage = new Stage(directory);
    }

    @AfterAll
    static void stop() throws Exception {
        stage.close();
    }

    @Test
    void aGoodTicketOpensAConsole_andOnlyOnce() throws Exception {
        try (TestVnc vnc = stage.vnc(TestVnc::listen)) {
            String ticket = stage.ticket();
            try (TestViewer viewer = TestViewer.connect(stage.port())) {
                Answer answer = viewer.ask(stage.path(), TestViewer.upgrade(ticket));
                assertThat(answer.status()).isEqualTo(101);
                assertThat(answer.head())
                        .containsIgnoringCase("sec-websocket-protocol: binary\r\n")
                        .containsIgnoringCase("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
                viewer.handshake();
                viewer.send(new byte[] {3, 0, 0, 0, 0, 0, 4, 0, 3, 0});
                await().until(() -> vnc.last().messages.contains("update 000000000004000300"));
            }
            assertRefused(stage.path(), TestViewer.upgrade(ticket), 403, "ticket-refused");
        }
    }

    @Test
    void whileTheTicketKeyIsRotated_bothKeysOpenConsoles_eachUnderItsOwnName() throws Exception {
        try (TestVnc _ = stage.vnc(TestVnc::listen);
                TestViewer present = TestViewer.connect(stage.port());
                TestViewer next = TestViewer.connect(stage.port())) {
            assertThat(present.ask(stage.path(), TestViewer.upgrade(stage.ticket()))
                            .status())
                    .isEqualTo(101);
            assertThat(next.ask(stage.path(), TestViewer.upgrade(stage.signedByNextKey()))
                            .status())
                    .isEqualTo(101);
            assertRefused(stage.path(), TestViewer.upgrade(stage.signedUnderTheWrongName()), 403, "ticket-refused");
        }
    }

    @Test
    void stockClients_openAConsoleByQuery() throws Exception {
        try (TestVnc vnc = stage.vnc(TestVnc::listen)) {
            BlockingQueue<Integer> received = new LinkedBlockingQueue<>();
            WebSocket socket = HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .subprotocols("binary")
                    .buildAsync(
                            URI.create("ws://127.0.0.1:" + stage.port() + stage.path() + "?ticket=" + stage.ticket()),
                            new WebSocket.Listener() {
                                @Override
                                public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
                                    received.add(data.remaining());
                                    from.request(1);
                                    return java.util.concurrent.CompletableFuture.completedFuture(data);
                                }
                            })
                    .get(5, TimeUnit.SECONDS);
            assertThat(socket.getSubprotocol()).isEqualTo("binary");
            assertThat(received.poll(5, TimeUnit.SECONDS)).isEqualTo(12);
            socket.sendBinary(ByteBuffer.wrap("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII)), true)
                    .get(5, TimeUnit.SECONDS);
            assertThat(received.poll(5, TimeUnit.SECONDS)).isEqualTo(2);
            socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(5, TimeUnit.SECONDS);
            await().until(() -> vnc.last().ended);
        }
    }

    @Test
    void whoeverHasNoRight_isRefusedBeforeTheUpgrade() throws Exception {
        try (TestVnc vnc = stage.vnc(TestVnc::listen)) {
            String path = stage.path();
            assertRefused(path, TestViewer.upgrade(null), 403, "ticket-refused");
            assertRefused(path, TestViewer.upgrade("nonsense"), 403, "ticket-refused");
            assertRefused(path, TestViewer.upgrade(stage.ticketIssued(Duration.ofSeconds(-40))), 403, "ticket-refused");
            assertRefused(path, TestViewer.upgrade(stage.forged()), 403, "ticket-refused");
            assertRefused(path, TestViewer.upgrade(stage.ticketFor(VmId.random(), "local")), 403, "ticket-refused");
            assertRefused(path, TestViewer.upgrade(stage.ticketFor(stage.vm, "other")), 403, "ticket-refused");
            assertRefused(
                    path, TestViewer.upgrade(stage.ticket(), "Origin: https://evil.example"), 403, "origin-refused");
            assertRefused(path, TestViewer.upgrade(stage.ticket(), "Origin: null"), 403, "origin-refused");
            assertRefused("/vnc/other/" + stage.vm, TestViewer.upgrade(stage.ticket()), 404, "not-found");
            assertRefused(path + "/", TestViewer.upgrade(stage.ticket()), 404, "not-found");
            assertRefused("/vnc/local/../local/" + stage.vm, TestViewer.upgrade(stage.ticket()), 404, "not-found");
            assertRefused(path, List.of(), 426, "bad-request");
            assertThat(vnc.connections()).isEmpty();
        }
        assertThat(stage.get("/metrics").body()).contains("oriel_gateway_refusals_total{reason=\"ticket-expired\"}");
    }

    @Test
    void anAllowedOrigin_isLetIn() throws Exception {
        try (TestVnc _ = stage.vnc(TestVnc::listen);
                TestViewer viewer = TestViewer.connect(stage.port())) {
            List<String> headers = TestViewer.upgrade(stage.ticket(), "Origin: https://localhost:8443");
            assertThat(viewer.ask(stage.path(), headers).status()).isEqualTo(101);
        }
    }

    @Test
    void fiftyUsesOfOneTicketAtOnce_openOneConsole() throws Exception {
        try (TestVnc _ = stage.vnc(TestVnc::listen);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            String ticket = stage.ticket();
            Callable<Integer> use = () -> {
                TestViewer viewer = TestViewer.connect(stage.port());
                stage.keep(viewer);
                return viewer.ask(stage.path(), TestViewer.upgrade(ticket)).status();
            };
            List<Integer> answers = new ArrayList<>();
            for (Future<Integer> answer : threads.invokeAll(java.util.Collections.nCopies(50, use))) {
                answers.add(answer.get());
            }
            assertThat(answers).filteredOn(status -> status == 101).hasSize(1);
            assertThat(answers).filteredOn(status -> status == 403).hasSize(49);
        }
    }

    @Test
    void aVmThatIsNotThere_costsNoTicket() throws Exception {
        String ticket = stage.ticket();
        assertRefused(stage.path(), TestViewer.upgrade(ticket), 409, "vm-gone");
        try (TestVnc _ = stage.vnc(TestVnc::listen);
                TestViewer viewer = TestViewer.connect(stage.port())) {
            assertThat(viewer.ask(stage.path(), TestViewer.upgrade(ticket)).status())
                    .isEqualTo(101);
        }
    }

    @Test
    void aBurstOfViewers_waitsUntilTheVmAccepts() throws Exception {
        Path socket = stage.socket();
        try (ServerSocketChannel qemu = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            // As QEMU does it: two connections wait, the kernel refuses the third.
            qemu.bind(UnixDomainSocketAddress.of(socket), 1);
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                answers.add(threads.submit(() -> {
                    TestViewer viewer = TestViewer.connect(stage.port());
                    stage.keep(viewer);
                    return viewer.ask(stage.path(), TestViewer.upgrade(stage.ticket()))
                            .status();
                }));
            }
            Thread.sleep(300);
            for (int i = 0; i < 8; i++) {
                qemu.accept();
            }
            for (Future<Integer> answer : answers) {
                assertThat(answer.get()).isEqualTo(101);
            }
        } finally {
            Files.delete(socket);
        }
    }

    @Test
    void anAbandonedSocket_isAGoneVm_atOnce() throws Exception {
        Path socket = stage.socket();
        try (ServerSocketChannel qemu = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            qemu.bind(UnixDomainSocketAddress.of(socket), 1);
        }
        long start = System.nanoTime();
        try {
            assertRefused(stage.path(), TestViewer.upgrade(stage.ticket()), 409, "vm-gone");
        } finally {
            Files.delete(socket);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(1500));
    }

    @Test
    void aVmTakesSixtyFourConsoles() throws Exception {
        try (TestVnc vnc = stage.vnc(TestVnc::listen)) {
            List<TestViewer> viewers = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                viewers.add(stage.open());
            }
            assertRefused(stage.path(), TestViewer.upgrade(stage.ticket()), 429, "console-limit");
            viewers.removeFirst().reset();
            await().until(() -> vnc.open() == 63);
            viewers.add(stage.open());
            for (TestViewer viewer : viewers) {
                viewer.close();
            }
        }
    }

    @Test
    void aRevocationClosesTheConsole_byLoginSessionUserAndVm() throws Exception {
        try (TestVnc vnc = stage.vnc(TestVnc::listen)) {
            Map<Revocation.Scope, ErrorCode> cases = Map.of(
                    Revocation.Scope.LOGIN, ErrorCode.CONSOLE_REVOKED,
                    Revocation.Scope.SESSION, ErrorCode.SESSION_ENDED,
                    Revocation.Scope.USER, ErrorCode.CONSOLE_REVOKED,
                    Revocation.Scope.VM, ErrorCode.VM_GONE);
            for (Map.Entry<Revocation.Scope, ErrorCode> one : cases.entrySet()) {
                ConsoleTicket ticket = stage.claims(Duration.ZERO);
                stage.redis.command("PUBLISH", Revocation.CHANNEL, "{}");
                try (TestViewer viewer = stage.open(ticket);
                        TestViewer other = stage.open()) {
                    UUID id = Stage.id(ticket, one.getKey());
                    stage.revoke(new Revocation(one.getKey(), id, one.getValue()));
                    assertThat(viewer.closeCode(2000)).isEqualTo(one.getValue().closeCode());
                    if (one.getKey() != Revocation.Scope.VM) {
                        other.send(new byte[] {5, 0, 0, 1, 0, 1});
                        await().until(() -> vnc.last().messages.contains("pointer 0000010001"));
                    }
                }
            }
        }
    }

    @Test
    void aTicketIssuedBeforeARevocation_isRefused() throws Exception {
        try (TestVnc _ = stage.vnc(TestVnc::listen)) {
            for (Revocation.Scope scope : Revocation.Scope.values()) {
                ConsoleTicket ticket = stage.claims(Duration.ZERO);
                String key = Revocation.key(scope, Stage.id(ticket, scope));
                stage.redis.command("SET", key, "1", "PX", "60000");
                assertRefused(stage.path(), TestViewer.upgrade(stage.sign(ticket)), 403, "ticket-refused");
                stage.redis.command("DEL", key);
            }
            stage.open().close();
        }
    }

    @Test
    void aVmThatEnds_closesItsConsoles() throws Exception {
        try (TestVnc _ = stage.vnc(connection -> connection.in.readByte());
                TestViewer viewer = stage.open()) {
            viewer.send(new byte[] {5, 0, 0, 0, 0, 0});
            assertThat(viewer.closeCode(2000)).isEqualTo(4002);
        }
    }

    @Test
    void heldKeysAndButtons_areLetGo_whenTheViewerIsLost() throws Exception {
        try (TestVnc vnc = stage.vnc(TestVnc::listen)) {
            TestViewer viewer = stage.open();
            viewer.send(new byte[] {4, 1, 0, 0, 0, 0, (byte) 0xFF, (byte) 0xE1});
            viewer.send(new byte[] {(byte) 255, 0, 0, 1, 0, 0, 0, 0x61, 0, 0, 0, 30});
            viewer.send(new byte[] {4, 1, 0, 0, 0, 0, 0, 0x62});
            viewer.send(new byte[] {4, 0, 0, 0, 0, 0, 0, 0x62});
            viewer.send(new byte[] {5, 1, 0, 10, 0, 20});
            await().until(() -> vnc.last().messages.size() == 5);
            viewer.reset();
            await().until(() -> vnc.last().ended);
            List<String> messages = vnc.last().messages;
            assertThat(messages.subList(5, messages.size()))
                    .containsExactly("key 0000000000ffe1", "qemu-key 0000000000610000001e", "pointer 00000a0014");
            assertThat(vnc.last().illegal).isEmpty();
        }
    }

    @Test
    void aViewOnlyTicket_drivesNothing() throws Exception {
        try (TestVnc vnc = stage.vnc(TestVnc::listen)) {
            ConsoleTicket base = stage.claims(Duration.ZERO);
            ConsoleTicket view = new ConsoleTicket(
                    base.id(),
                    base.host(),
                    base.vm(),
                    base.user(),
                    base.login(),
                    base.session(),
                    ConsolePermission.VIEW,
                    base.issuedAt(),
                    base.expiresAt());
            try (TestViewer viewer = stage.open(view)) {
                viewer.send(new byte[] {4, 1, 0, 0, 0, 0, 0, 0x62, 5, 1, 0, 1, 0, 1, 6, 0, 0, 0, 0, 0, 0, 1, 65});
                viewer.send(new byte[] {3, 0, 0, 0, 0, 0, 4, 0, 3, 0});
                // What follows the request is the gateway's own word: the release of a key that nobody holds.
                await().until(() -> vnc.last().messages.size() == 2);
                assertThat(vnc.last().messages).containsExactly("update 000000000004000300", "key 0000000000ff14");
            }
        }
    }

    @Test
    void whatIsNotRfb_closesTheConsole() throws Exception {
        try (TestVnc vnc = stage.vnc(TestVnc::listen);
                TestViewer viewer = stage.open()) {
            viewer.send(new byte[] {5, 0, 0, 1, 0, 1, 99, 1, 2, 3});
            assertThat(viewer.closeCode(2000)).isEqualTo(ErrorCode.RFB_PROTOCOL.closeCode());
            await().until(() -> vnc.last().ended);
            assertThat(vnc.last().messages).containsExactly("pointer 0000010001");
            assertThat(vnc.last().illegal).isEmpty();
        }
    }

    @Test
    void brokenFrames_closeTheConsole() throws Exception {
        try (TestVnc _ = stage.vnc(TestVnc::listen)) {
            try (TestViewer viewer = stage.open()) {
                viewer.sendRaw(new byte[] {(byte) 0x82, 1, 5});
                assertThat(viewer.closeCode(2000)).isEqualTo(1002);
            }
            try (TestViewer viewer = stage.open()) {
                viewer.sendRaw(viewer.frame(0x81, "hello".getBytes(StandardCharsets.US_ASCII)));
                assertThat(viewer.closeCode(2000)).isEqualTo(1003);
            }
            try (TestViewer viewer = stage.open()) {
                viewer.sendRaw(viewer.frame(0x89, "are you there".getBytes(StandardCharsets.US_ASCII)));
                TestViewer.Frame pong = viewer.read();
                assertThat(pong.opcode()).isEqualTo(10);
                assertThat(new String(pong.payload(), StandardCharsets.US_ASCII))
                        .isEqualTo("are you there");
                viewer.sendRaw(viewer.frame(0x88, new byte[] {0x03, (byte) 0xE8}));
                assertThat(viewer.closeCode(2000)).isEqualTo(1000);
            }
        }
    }

    @Test
    void consolesAreListed_forWhoKnowsTheSecret() throws Exception {
        try (TestVnc _ = stage.vnc(TestVnc::listen)) {
            ConsoleTicket ticket = stage.claims(Duration.ZERO);
            try (TestViewer _ = stage.open(ticket)) {
                assertThat(stage.get("/consoles").statusCode()).isEqualTo(401);
                assertThat(stage.get("/consoles", "Bearer " + "x".repeat(40)).statusCode())
                        .isEqualTo(401);
                HttpResponse<String> list = stage.get("/consoles", "Bearer " + Stage.SECRET);
                assertThat(list.statusCode()).isEqualTo(200);
                assertThat(list.body())
                        .contains("\"session\":\"" + ticket.session() + "\"")
                        .contains("\"permission\":\"drive\"");
            }
        }
    }

    @Test
    void healthIsShown() throws Exception {
        assertThat(stage.get("/healthz").statusCode()).isEqualTo(200);
        assertThat(stage.get("/readyz").body()).contains("\"redis\":\"up\"");
        assertThat(stage.get("/metrics").body())
                .contains("# TYPE oriel_gateway_consoles_open gauge")
                .contains("oriel_gateway_redis_up 1");
        assertThat(stage.get("/nothing").statusCode()).isEqualTo(404);
    }

    private static void assertRefused(String path, List<String> headers, int status, String slug) throws IOException {
        try (TestViewer viewer = TestViewer.connect(stage.port())) {
            Answer answer = viewer.ask(path, headers);
            assertThat(answer.status()).as(path).isEqualTo(status);
            assertThat(answer.head()).contains("application/problem+json");
            assertThat(answer.body()).contains("\"code\":\"" + slug + "\"").contains("\"status\":" + status);
        }
    }
}
