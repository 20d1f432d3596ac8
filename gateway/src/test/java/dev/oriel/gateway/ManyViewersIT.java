package dev.oriel.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.console.ConsolePermission;
import dev.oriel.core.console.ConsoleTicket;
import dev.oriel.core.console.OpenConsole;
import dev.oriel.core.console.Revocation;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.gateway.console.ConsoleLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several people on one console: who they are, who drives, and who has to go. */
class ManyViewersIT {
    private static final byte[] PRESS_A = {4, 1, 0, 0, 0, 0, 0, 0x61};
    private static final String A_PRESSED = "key 01000000000061";
    private static final String A_RELEASED = "key 00000000000061";

    @TempDir
    static Path directory;

    static Stage stage;

    @BeforeAll
    static void start() throws Exception {
        ConsoleLimits usual = ConsoleLimits.defaults();
        ConsoleLimits limits = new ConsoleLimits(
                usual.handshake(),
                usual.redis(),
                usual.vncConnect(),
                usual.stall(),
                usual.pingAfter(),
                usual.closing(),
                usual.drain(),
                8,
                3,
                4,
                1000);
        stage = new Stage(directory, limits, GatewayTransport.best());
    }

    @AfterAll
    static void stop() throws Exception {
        stage.close();
    }

    private static String path(ConsoleTicket ticket) {
        return OpenConsole.path(ticket.vm(), ticket.id());
    }

    private static String control(ConsoleTicket ticket) {
        return OpenConsole.controlPath(ticket.vm(), ticket.id());
    }

    @Test
    void whoeverHasControl_drivesAlone_untilItIsGivenBack() throws Exception {
        ConsoleTicket first = stage.claims(Duration.ZERO);
        ConsoleTicket second = stage.claims(Duration.ZERO);
        try (TestVnc vnc = stage.vnc(TestVnc::listen);
                TestViewer one = stage.open(first);
                TestViewer two = stage.open(second)) {
            TestVnc.Connection toOne = vnc.connections().get(0);
            TestVnc.Connection toTwo = vnc.connections().get(1);
            two.send(PRESS_A);
            await().until(() -> toTwo.messages.contains(A_PRESSED));
            assertThat(stage.desk("PUT", control(first))).isEqualTo(204);
            await("what the other one held is let go").until(() -> toTwo.messages.contains(A_RELEASED));
            assertThat(stage.consoles())
                    .extracting(OpenConsole::id, OpenConsole::controls, OpenConsole::drives)
                    .containsExactlyInAnyOrder(
                            org.assertj.core.groups.Tuple.tuple(first.id(), true, true),
                            org.assertj.core.groups.Tuple.tuple(second.id(), false, false));
            assertOnlyLooks(two, toTwo);
            one.send(PRESS_A);
            await().until(() -> toOne.messages.contains(A_PRESSED));
            assertThat(stage.desk("DELETE", control(first))).isEqualTo(204);
            await().until(() -> stage.consoles().stream().allMatch(OpenConsole::drives));
            two.send(PRESS_A);
            await().until(() -> count(toTwo, A_PRESSED) == 2);
        }
    }

    private static void assertOnlyLooks(TestViewer viewer, TestVnc.Connection vnc) throws Exception {
        long before = count(vnc, A_PRESSED);
        viewer.send(PRESS_A);
        viewer.send(new byte[] {3, 1, 0, 0, 0, 0, 0, 1, 0, 1});
        await().until(() -> vnc.messages.contains("update 010000000000010001"));
        assertThat(count(vnc, A_PRESSED)).isEqualTo(before);
    }

    private static long count(TestVnc.Connection vnc, String message) {
        return vnc.messages.stream().filter(message::equals).count();
    }

    @Test
    void control_isFreeAgain_whenItsHolderLeaves_andNobodyWhoMayOnlyLookGetsIt() throws Exception {
        ConsoleTicket holder = stage.claims(Duration.ZERO);
        ConsoleTicket looks = stage.visit(ConsolePermission.VIEW, Instant.now().plusSeconds(60));
        ConsoleTicket drives = stage.claims(Duration.ZERO);
        try (TestVnc vnc = stage.vnc(TestVnc::listen);
                TestViewer looking = stage.open(looks);
                TestViewer driving = stage.open(drives)) {
            TestViewer held = stage.open(holder);
            assertThat(stage.desk("PUT", control(looks))).isEqualTo(409);
            assertThat(stage.desk("PUT", control(holder))).isEqualTo(204);
            held.reset();
            await().until(() -> stage.consoles().stream().anyMatch(OpenConsole::drives));
            driving.send(PRESS_A);
            await().until(() -> vnc.connections().get(1).messages.contains(A_PRESSED));
            assertOnlyLooks(looking, vnc.connections().get(0));
            assertThat(stage.desk("PUT", control(holder))).isEqualTo(404);
        }
    }

    @Test
    void whoeverIsKicked_isTold_andTheOthersStay() throws Exception {
        ConsoleTicket kicked = stage.claims(Duration.ZERO);
        try (TestVnc vnc = stage.vnc(TestVnc::listen);
                TestViewer leaving = stage.open(kicked);
                TestViewer staying = stage.open()) {
            assertThat(stage.desk("DELETE", OpenConsole.path(dev.oriel.core.vm.VmId.random(), kicked.id())))
                    .as("under another VM")
                    .isEqualTo(404);
            assertThat(stage.desk("DELETE", path(kicked))).isEqualTo(204);
            assertThat(leaving.closeCode(2000)).isEqualTo(ErrorCode.CONSOLE_KICKED.closeCode());
            staying.send(PRESS_A);
            await().until(() -> vnc.connections().get(1).messages.contains(A_PRESSED));
            assertThat(stage.desk("DELETE", path(kicked))).isEqualTo(404);
        }
    }

    @Test
    void aVisit_endsWithItsLink_byTimeOrByRevocation() throws Exception {
        try (TestVnc _ = stage.vnc(TestVnc::listen)) {
            ConsoleTicket late =
                    stage.visit(ConsolePermission.VIEW, Instant.now().minusMillis(1));
            try (TestViewer refused = TestViewer.connect(stage.port())) {
                assertThat(refused.ask(stage.path(), TestViewer.upgrade(stage.sign(late)))
                                .status())
                        .isEqualTo(403);
            }
            ConsoleTicket brief =
                    stage.visit(ConsolePermission.DRIVE, Instant.now().plusMillis(700));
            try (TestViewer viewer = stage.open(brief)) {
                assertThat(viewer.closeCode(2000)).isEqualTo(ErrorCode.SHARE_ENDED.closeCode());
            }
            ConsoleTicket revoked =
                    stage.visit(ConsolePermission.DRIVE, Instant.now().plusSeconds(60));
            try (TestViewer viewer = stage.open(revoked)) {
                stage.revoke(
                        new Revocation(Revocation.Scope.LOGIN, revoked.login().value(), ErrorCode.SHARE_ENDED));
                assertThat(viewer.closeCode(2000)).isEqualTo(ErrorCode.SHARE_ENDED.closeCode());
            }
        }
    }

    @Test
    void oneUser_andOneAddress_openOnlySoManyConsoles() throws Exception {
        ConsoleTicket mine = stage.claims(Duration.ZERO);
        List<TestViewer> viewers = new ArrayList<>();
        try (TestVnc _ = stage.vnc(TestVnc::listen)) {
            for (int i = 0; i < 3; i++) {
                viewers.add(stage.open(ofUser(mine)));
            }
            assertThat(status(ofUser(mine), "203.0.113.1")).isEqualTo(429);
            for (int i = 0; i < 4; i++) {
                TestViewer viewer = TestViewer.connect(stage.port());
                viewers.add(viewer);
                String forwarded = "X-Forwarded-For: 2001:db8:1:2:" + i + "::1";
                assertThat(viewer.ask(
                                        stage.path(),
                                        TestViewer.upgrade(stage.sign(stage.claims(Duration.ZERO)), forwarded))
                                .status())
                        .isEqualTo(101);
            }
            assertThat(status(stage.claims(Duration.ZERO), "2001:db8:1:2::77")).isEqualTo(429);
            assertThat(status(stage.claims(Duration.ZERO), "2001:db8:1:3::77")).isEqualTo(101);
        } finally {
            for (TestViewer viewer : viewers) {
                viewer.close();
            }
        }
        await().until(() -> stage.consoles().isEmpty());
    }

    private static ConsoleTicket ofUser(ConsoleTicket mine) {
        ConsoleTicket fresh = stage.claims(Duration.ZERO);
        return new ConsoleTicket(
                fresh.id(),
                fresh.host(),
                fresh.vm(),
                mine.user(),
                fresh.login(),
                fresh.session(),
                fresh.permission(),
                fresh.issuedAt(),
                fresh.expiresAt());
    }

    private static int status(ConsoleTicket ticket, String address) throws Exception {
        try (TestViewer viewer = TestViewer.connect(stage.port())) {
            return viewer.ask(stage.path(), TestViewer.upgrade(stage.sign(ticket), "X-Forwarded-For: " + address))
                    .status();
        }
    }
}
