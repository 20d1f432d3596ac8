package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** Who gets through the console's door: only a fresh ticket for this VM, from an allowed Origin or none. */
@ExtendWith(SharedOriel.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConsoleDoorIT {
    private final RunningOriel oriel;
    private final OrielUser user;
    private final String vm;

    ConsoleDoorIT(RunningOriel oriel) {
        this.oriel = oriel;
        this.user = OrielUser.register(oriel);
        user.awaitTemplate("tiny", SharedOriel.TEMPLATE_LIMIT);
        this.vm = user.createRunning("tiny").path("id").asString();
    }

    @Test
    void freshTicket_isLetIn_andOnlyOnce() throws Exception {
        OrielUser.Answer console = user.console(vm);
        assertThat(upgrade(console.text("url"), console.text("ticket"), oriel.url()))
                .isEqualTo(101);
        assertThat(upgrade(console.text("url"), console.text("ticket"), oriel.url()))
                .isEqualTo(403);
    }

    @Test
    void stockClient_withoutOrigin_isLetIn() throws Exception {
        OrielUser.Answer console = user.console(vm);
        assertThat(upgrade(console.text("url"), console.text("ticket"), "")).isEqualTo(101);
    }

    @Test
    void ticketInTheQuery_isLetIn() throws Exception {
        OrielUser.Answer console = user.console(vm);
        String url = console.text("url") + "?ticket=" + console.text("ticket");
        assertThat(upgrade(url, "", "")).isEqualTo(101);
    }

    @Test
    void noTicket_isRefused() throws Exception {
        assertThat(upgrade(user.console(vm).text("url"), "", oriel.url())).isEqualTo(403);
    }

    @Test
    void wrongOrigin_isRefused_andDoesNotUseTheTicketUp() throws Exception {
        OrielUser.Answer console = user.console(vm);
        assertThat(upgrade(console.text("url"), console.text("ticket"), "https://evil.example"))
                .isEqualTo(403);
        assertThat(upgrade(console.text("url"), console.text("ticket"), oriel.url()))
                .isEqualTo(101);
    }

    @Test
    void ticketOfAnotherVm_isRefused() throws Exception {
        OrielUser.Answer console = user.console(vm);
        String foreign = console.text("url").replace(vm, UUID.randomUUID().toString());
        assertThat(upgrade(foreign, console.text("ticket"), oriel.url())).isEqualTo(403);
    }

    @Test
    void forgedTicket_isRefused() throws Exception {
        OrielUser.Answer console = user.console(vm);
        String ticket = console.text("ticket");
        String forged = ticket.substring(0, ticket.length() - 6) + "AAAAAA";
        assertThat(upgrade(console.text("url"), forged, oriel.url())).isEqualTo(403);
    }

    @Test
    void strangersVm_looksLikeNone() {
        OrielUser stranger = OrielUser.register(oriel);
        OrielUser.Answer theirs =
                stranger.post("/api/vm/" + vm + "/console", "").expect(404);
        OrielUser.Answer none =
                stranger.post("/api/vm/" + UUID.randomUUID() + "/console", "").expect(404);
        assertThat(theirs.text("code")).isEqualTo(none.text("code"));
        assertThat(theirs.text("detail")).isEqualTo(none.text("detail"));
        assertThat(stranger.delete("/api/vm/" + vm).status()).isEqualTo(404);
        user.get("/api/vm/" + vm).expect(200);
    }

    @Test
    void endedSession_cutsItsConsole_andLeavesTheVm() throws Exception {
        OrielUser.Answer console = user.console(vm);
        try (ConsoleClient client = ConsoleClient.open(user.http(), console.text("url"), console.text("ticket"))) {
            assertThat(client.frame()).isNotEmpty();
            String session = user.get("/api/sessions")
                    .expect(200)
                    .json()
                    .get(0)
                    .path("id")
                    .asString();
            user.delete("/api/sessions/" + session).expect(204);
            assertThat(client.awaitClose(Duration.ofSeconds(5))).isEqualTo(4001);
        }
        assertThat(user.get("/api/vm/" + vm).expect(200).text("state")).isEqualTo("running");
    }

    /** An API token that is revoked, and a login that signs out: their requests end at once, their consoles soon. */
    @Test
    void endedTokenAndLogin_areOutAtOnce_andTheirConsolesClose() throws Exception {
        String name = "o" + UUID.randomUUID().toString().substring(0, 8);
        OrielUser other = OrielUser.register(oriel, name);
        String box = other.createRunning("tiny").path("id").asString();
        OrielUser.Answer made = other.post("/api/auth/tokens", "{\"name\":\"t\",\"scopes\":[\"vm:read\",\"console\"]}")
                .expect(201);
        assertEnds(
                other.by(made.text("token")),
                box,
                () -> other.delete("/api/auth/tokens/" + made.text("id")).expect(204));
        OrielUser second = OrielUser.signIn(oriel, name, OrielUser.PASSWORD);
        assertEnds(second, box, () -> second.post("/api/auth/logout", "").expect(204));
        other.deleteFully(box);
    }

    private static void assertEnds(OrielUser who, String vm, Runnable end) throws Exception {
        OrielUser.Answer console = who.console(vm);
        try (ConsoleClient client = ConsoleClient.open(who.http(), console.text("url"), console.text("ticket"))) {
            assertThat(client.frame()).isNotEmpty();
            end.run();
            Awaitility.await("requests are refused")
                    .atMost(Duration.ofSeconds(1))
                    .until(() -> who.get("/api/auth/me").status() == 401);
            assertThat(client.awaitClose(Duration.ofSeconds(5))).isBetween(4000, 4999);
        }
    }

    /** Who may less in a team, or leaves it: what is open closes at once, what is still allowed opens again. */
    @Test
    void memberWhoMayLess_orLeaves_losesTheTeamsConsoles() throws Exception {
        String tag = UUID.randomUUID().toString().substring(0, 8);
        String password =
                Files.readString(oriel.data().resolve("admin-password")).strip();
        OrielUser manager = OrielUser.register(oriel, "m" + tag);
        OrielUser member = OrielUser.register(oriel, "w" + tag);
        String members = "/api/teams/"
                + OrielUser.signIn(oriel, "admin", password)
                        .post("/api/teams", "{\"name\":\"team-" + tag + "\",\"manager\":\"m" + tag + "\"}")
                        .expect(201)
                        .text("id")
                + "/members";
        String role = "{\"username\":\"w" + tag + "\",\"role\":\"%s\"}";
        manager.post(members, role.formatted("member")).expect(200);
        String box = manager.createRunning(members.split("/", -1)[3], "tiny");
        OrielUser.Answer staying = manager.console(box);
        try (ConsoleClient other = ConsoleClient.open(manager.http(), staying.text("url"), staying.text("ticket"))) {
            assertLoses(
                    member,
                    box,
                    () -> manager.post(members, role.formatted("viewer")).expect(200));
            assertLoses(
                    member,
                    box,
                    () -> manager.delete(
                                    members + "/" + member.get("/api/auth/me").text("id"))
                            .expect(204));
            assertThat(member.post("/api/vm/" + box + "/console", "").status()).isEqualTo(404);
            assertThat(other.frame()).as("the others look on").isNotEmpty();
        }
        manager.deleteFully(box);
    }

    private static void assertLoses(OrielUser who, String vm, Runnable loss) throws Exception {
        try (ConsoleClient client = Awaitility.await("a console opens")
                .atMost(Duration.ofSeconds(15))
                .pollDelay(Duration.ZERO)
                .ignoreExceptions()
                .until(
                        () -> {
                            OrielUser.Answer console = who.console(vm);
                            return ConsoleClient.open(who.http(), console.text("url"), console.text("ticket"));
                        },
                        open -> true)) {
            assertThat(client.frame()).isNotEmpty();
            loss.run();
            assertThat(client.awaitClose(Duration.ofSeconds(2))).isBetween(4000, 4999);
        }
    }

    @Test
    void metrics_areNotShownToTheWorld() {
        assertThat(user.get("/api/metrics").status()).isIn(401, 403, 404);
        assertThat(OrielUser.anonymous(oriel).get("/metrics").status()).isIn(401, 403, 404);
    }

    /** Access tokens, API tokens and share links open no console; a ticket opens nothing else. */
    @Test
    void tokensOfOtherKinds_openNoConsole_andATicketOpensNothingElse() throws Exception {
        OrielUser.Answer console = user.console(vm);
        String link = user.post("/api/vm/" + vm + "/shares", "{}").expect(201).text("token");
        String token = user.post("/api/auth/tokens", "{\"name\":\"t\",\"scopes\":[\"console\"]}")
                .expect(201)
                .text("token");
        for (String other : List.of(user.token(), link, token)) {
            assertThat(upgrade(console.text("url"), other, oriel.url())).isEqualTo(403);
            assertThat(upgrade(console.text("url") + "?ticket=" + other, "", ""))
                    .isEqualTo(403);
        }
        OrielUser anybody = OrielUser.anonymous(oriel);
        for (String none : List.of(console.text("ticket"), link)) {
            assertThat(anybody.send("GET", "/api/auth/me", "", "Authorization", "Bearer " + none)
                            .status())
                    .isEqualTo(401);
            for (String cookie : List.of("__Host-oriel-access", "__Secure-oriel-refresh")) {
                assertThat(anybody.send("GET", "/api/auth/me", "", "Cookie", cookie + "=" + none)
                                .status())
                        .isEqualTo(401);
            }
        }
        assertThat(upgrade(console.text("url"), console.text("ticket"), oriel.url()))
                .as("the ticket itself is still good")
                .isEqualTo(101);
    }

    /** Tickets come in addresses, too: what is logged, also when it goes wrong, names none, nor tokens and passwords. */
    @Test
    void secrets_areInNoLog() throws Exception {
        OrielUser.Answer console = user.console(vm);
        String ticket = console.text("ticket");
        String link = user.post("/api/vm/" + vm + "/shares", "{}").expect(201).text("token");
        for (String address :
                List.of(console.text("url"), console.text("url").replace("/vnc/local/", "/vnc/nowhere/"))) {
            upgrade(address + "?ticket=" + ticket, "", oriel.url());
        }
        user.get("/api/shares/" + link);
        user.get("/pages/share/" + link);
        user.get("/api/nothing-here?access_token=" + user.token());
        List<String> secrets = List.of(ticket, link, user.token(), OrielUser.PASSWORD);
        List<Path> logs = new ArrayList<>(oriel.filesIn("logs"));
        logs.addAll(oriel.filesIn("nginx"));
        assertThat(logs).hasSizeGreaterThan(3);
        for (Path log : logs) {
            String text = Files.readString(log, StandardCharsets.ISO_8859_1);
            assertThat(secrets).as(log.toString()).noneMatch(text::contains);
        }
        assertThat(secrets).as("output of up").noneMatch(oriel.output()::contains);
    }

    /** The HTTP status of a WebSocket handshake written by hand. */
    private int upgrade(String url, String ticket, String origin) throws IOException {
        URI uri = URI.create(url);
        String target = uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
        StringBuilder request = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: localhost:" + oriel.port()
                + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
        request.append("Sec-WebSocket-Protocol: binary");
        request.append(ticket.isEmpty() ? "" : ", ticket." + ticket).append("\r\n");
        request.append(origin.isEmpty() ? "" : "Origin: " + origin + "\r\n").append("\r\n");
        try (SSLSocket socket = (SSLSocket) OrielUser.trusting(oriel.data().resolve("tls/ca.pem"))
                .getSocketFactory()
                .createSocket("localhost", oriel.port())) {
            socket.setSoTimeout(15_000);
            socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            BufferedReader reader =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            String status = reader.readLine();
            assertThat(status).startsWith("HTTP/1.1 ");
            return Integer.parseInt(status.substring(9, 12));
        }
    }
}
