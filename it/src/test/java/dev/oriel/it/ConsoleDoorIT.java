package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import javax.net.ssl.SSLSocket;
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
            assertThat(client.awaitClose(java.time.Duration.ofSeconds(5))).isEqualTo(4001);
        }
        assertThat(user.get("/api/vm/" + vm).expect(200).text("state")).isEqualTo("running");
    }

    @Test
    void metrics_areNotShownToTheWorld() {
        assertThat(user.get("/api/metrics").status()).isIn(401, 403, 404);
        assertThat(OrielUser.anonymous(oriel).get("/metrics").status()).isIn(401, 403, 404);
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
