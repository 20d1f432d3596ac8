package dev.oriel.api.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import dev.oriel.api.queue.RedisLinks;
import dev.oriel.core.console.ConsolePermission;
import dev.oriel.core.console.ConsoleTicket;
import dev.oriel.core.console.OpenConsole;
import dev.oriel.core.console.Revocation;
import dev.oriel.core.console.SessionId;
import dev.oriel.core.console.TicketKeys;
import dev.oriel.core.console.TicketVerdict;
import dev.oriel.core.console.TicketVerifier;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.json.OrielJson;
import dev.oriel.core.vm.VmId;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.data.redis.core.StringRedisTemplate;
import tools.jackson.databind.JsonNode;

/** Sessions, tickets and events: what belongs to people looking at VMs. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VmSessionsIT {
    private final KeyPair keys = TicketKeys.generate();
    private final TestHost host = TestHost.start();
    private final List<Revocation> revocations = new CopyOnWriteArrayList<>();
    private final TestGateway gateway = new TestGateway();
    private final List<OpenConsole> consoles = gateway.consoles();
    private final TestApi api;
    private final StatefulRedisPubSubConnection<String, String> subscription;
    private int users;

    VmSessionsIT() throws IOException {
        api = ApiTestServers.startApi(Map.of(
                "oriel.api.hosts",
                host.entry(gateway.url()),
                "oriel.api.ticket-key",
                "key-1=" + TicketKeys.encode(keys.getPrivate()),
                "oriel.limits.logins-per-minute-per-address",
                "1000"));
        subscription = api.bean(RedisLinks.class).subscriber();
        subscription.addListener(new RedisPubSubAdapter<>() {
            @Override
            public void message(String channel, String message) {
                revocations.add(OrielJson.mapper().readValue(message, Revocation.class));
            }
        });
        subscription.sync().subscribe(Revocation.CHANNEL);
    }

    @AfterAll
    void close() {
        subscription.close();
        api.close();
        host.close();
        gateway.close();
    }

    private VmUser newUser() {
        return VmUser.register(api, "viewer" + ++users);
    }

    @Test
    void whatAVerbDoesNotRead_isRefused_notIgnored() {
        VmUser user = newUser();
        String verb = "/vm/" + UUID.randomUUID() + "/console";
        HttpResponse<String> bad = user.post(verb, Map.of("mode", "view"));
        assertThat(bad.statusCode()).isEqualTo(400);
        assertThat(TestApi.json(bad).get("errors").get(0).get("field").asString())
                .isEqualTo("mode");
        assertThat(TestApi.json(user.post(verb, Map.of("a", 1, "b", Map.of()))).get("errors"))
                .hasSize(2);
        assertThat(user.post(verb, Map.of()).statusCode()).isEqualTo(404);
    }

    @Test
    void ticket_isForThisVmUserAndHost_andLivesAtMostThirtySeconds() {
        VmUser user = newUser();
        JsonNode vm = user.create(Map.of("template", "tiny"));
        String id = vm.get("id").asString();
        String me = TestApi.json(user.get("/auth/me")).get("id").asString();
        HttpResponse<String> answer = user.post("/vm/" + id + "/console", Map.of());
        assertThat(answer.statusCode()).isEqualTo(200);
        String second = TestApi.json(answer).get("ticket").asString();
        ConsoleTicket first = verified(vm.get("console").get("ticket").asString());
        ConsoleTicket ticket = verified(second);
        assertThat(ticket.id()).isNotEqualTo(first.id());
        assertThat(ticket.session()).isEqualTo(first.session());
        assertThat(ticket.vm()).isEqualTo(VmId.of(id));
        assertThat(ticket.user().toString()).isEqualTo(me);
        assertThat(ticket.host().value()).isEqualTo("local");
        assertThat(ticket.permission()).isEqualTo(ConsolePermission.DRIVE);
        assertThat(Duration.between(Instant.now(), ticket.expiresAt())).isLessThanOrEqualTo(Duration.ofSeconds(30));
        user.post("/vm/" + id + "/stop", Map.of());
        HttpResponse<String> stopped = user.post("/vm/" + id + "/console", Map.of());
        assertThat(stopped.statusCode()).isEqualTo(409);
        assertThat(VmUser.code(stopped)).isEqualTo("state-conflict");
    }

    @Test
    void session_isListed_withItsViewers_andSeenByAdministrators() {
        VmUser user = newUser();
        JsonNode vm = user.create(Map.of("template", "tiny"));
        ConsoleTicket ticket = verified(vm.get("console").get("ticket").asString());
        JsonNode session = only(user);
        assertThat(session.get("id").asString()).isEqualTo(ticket.session().toString());
        assertThat(session.get("vm")).isEqualTo(vm.get("id"));
        assertThat(session.get("template").asString()).isEqualTo("tiny");
        assertThat(session.get("state").asString()).isEqualTo("running");
        assertThat(session.get("viewers").asInt()).isZero();
        Instant input = Instant.now().plusSeconds(5);
        consoles.add(new OpenConsole(
                ticket.id(),
                ticket.vm(),
                ticket.user(),
                ticket.login(),
                ticket.session(),
                ConsolePermission.DRIVE,
                false,
                true,
                input,
                input,
                Optional.empty()));
        Awaitility.await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
            JsonNode now = only(user);
            assertThat(now.get("viewers").asInt()).isEqualTo(1);
            assertThat(Instant.parse(now.get("lastActiveAt").asString())).isEqualTo(input);
        });
        VmUser admin = admin();
        String name = session.get("user").asString();
        assertThat(TestApi.json(admin.get("/sessions?user=" + name))).hasSize(1);
        assertThat(TestApi.json(admin.get("/sessions")).valueStream().map(entry -> entry.get("id")))
                .contains(session.get("id"));
        assertThat(TestApi.json(newUser().get("/sessions?user=" + name))).isEmpty();
        assertThat(api.get("/sessions").statusCode()).isEqualTo(401);
    }

    @Test
    void endedSession_cutsItsConsoles_andLeavesTheVm() {
        VmUser user = newUser();
        String vm = user.createId();
        String id = only(user).get("id").asString();
        assertThat(newUser().send("DELETE", "/sessions/" + id, Map.of()).statusCode())
                .isEqualTo(404);
        assertThat(user.send("DELETE", "/sessions/" + id, Map.of()).statusCode())
                .isEqualTo(204);
        Revocation cut = new Revocation(Revocation.Scope.SESSION, UUID.fromString(id), ErrorCode.SESSION_ENDED);
        Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> revocations.contains(cut));
        assertThat(api.bean(StringRedisTemplate.class).hasKey(cut.key())).isTrue();
        assertThat(TestApi.json(user.get("/sessions"))).isEmpty();
        assertThat(user.send("DELETE", "/sessions/" + id, Map.of()).statusCode())
                .isEqualTo(404);
        assertThat(user.show(vm).get("state").asString()).isEqualTo("running");
        SessionId again = verified(TestApi.json(user.post("/vm/" + vm + "/console", Map.of()))
                        .get("ticket")
                        .asString())
                .session();
        assertThat(again.toString()).isNotEqualTo(id);
        assertThat(only(user).get("id").asString()).isEqualTo(again.toString());
    }

    @Test
    void stoppedVm_hasNoSession_andItsConsolesAreCut_butItsNextRunIsFree() {
        VmUser user = newUser();
        String vm = user.createId();
        String before = only(user).get("id").asString();
        user.post("/vm/" + vm + "/stop", Map.of());
        Revocation cut = new Revocation(Revocation.Scope.VM, UUID.fromString(vm), ErrorCode.VM_GONE);
        Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> revocations.contains(cut));
        assertThat(TestApi.json(user.get("/sessions"))).isEmpty();
        user.post("/vm/" + vm + "/start", Map.of());
        assertThat(api.bean(StringRedisTemplate.class).hasKey(cut.key())).isFalse();
        assertThat(only(user).get("id").asString()).isNotEqualTo(before);
        user.send("DELETE", "/vm/" + vm, Map.of());
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .until(() -> api.bean(StringRedisTemplate.class).hasKey(cut.key()));
        assertThat(TestApi.json(user.get("/sessions"))).isEmpty();
    }

    @Test
    void lostSession_isMadeAgain_underTheSameId() {
        VmUser user = newUser();
        user.createId();
        String before = only(user).get("id").asString();
        api.bean(StringRedisTemplate.class).delete("oriel:sessions");
        assertThat(only(user).get("id").asString()).isEqualTo(before);
    }

    @Test
    void events_tellTheOwnerAndNobodyElse() throws Exception {
        VmUser user = newUser();
        VmUser other = newUser();
        HttpClient client = HttpClient.newHttpClient();
        try (InputStream mine = listen(client, user);
                InputStream theirs = listen(client, other)) {
            String vm = user.createId();
            user.post("/vm/" + vm + "/stop", Map.of());
            user.send("DELETE", "/vm/" + vm, Map.of());
            StringBuilder heard = new StringBuilder();
            Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> {
                heard.append(new String(mine.readNBytes(mine.available()), StandardCharsets.UTF_8));
                return heard.indexOf("\"state\":\"deleted\"") > 0;
            });
            assertThat(heard.toString())
                    .containsPattern("event: vm\nid: [0-9a-f-]{36}\\.[0-9]+\ndata: \\{")
                    .contains("\"state\":\"running\"", "\"state\":\"stopped\"");
            assertThat(heard.indexOf("\"state\":\"running\"")).isLessThan(heard.indexOf("\"state\":\"stopped\""));
            assertThat(heard.toString()).doesNotContain("\"ticket\":\"");
            assertThat(new String(theirs.readNBytes(theirs.available()), StandardCharsets.UTF_8))
                    .doesNotContain("event: vm");
            assertThat(user.post("/auth/logout", Map.of()).statusCode()).isEqualTo(204);
            Awaitility.await("the stream ends with the login")
                    .atMost(Duration.ofSeconds(6))
                    .until(() -> mine.available() == 0 && ended(mine));
        } finally {
            client.shutdownNow();
        }
    }

    @Test
    void listenerThatComesBack_hearsHowItsVmsAreNow() throws Exception {
        VmUser user = newUser();
        String gone = user.createId();
        user.send("DELETE", "/vm/" + gone, Map.of());
        String stopped = user.createId();
        user.post("/vm/" + stopped + "/stop", Map.of("force", true));
        newUser().createId();
        HttpClient client = HttpClient.newHttpClient();
        try (InputStream stream = listen(client, user, "Last-Event-ID", gone + ".2")) {
            StringBuilder heard = new StringBuilder();
            Awaitility.await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
                heard.append(new String(stream.readNBytes(stream.available()), StandardCharsets.UTF_8));
                assertThat(heard.toString())
                        .containsSubsequence(gone, "\"state\":\"deleted\"", stopped, "\"state\":\"stopped\"");
            });
            assertThat(heard.toString().split("event: vm", -1)).hasSize(3);
        } finally {
            client.shutdownNow();
        }
    }

    /** One that went on would keep a connection of Nginx from whoever gets it next. */
    @Test
    void headOfEvents_endsAtOnce() throws IOException {
        VmUser user = newUser();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.port())) {
            socket.setSoTimeout(5000);
            String request =
                    " /vm/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + user.token() + "\r\n";
            String both = "HEAD" + request + "\r\nOPTIONS" + request + "Connection: close\r\n\r\n";
            socket.getOutputStream().write(both.getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .containsSubsequence("HTTP/1.1 200", "text/event-stream", "HTTP/1.1 200", "Connection: close");
        }
    }

    private static boolean ended(InputStream stream) throws IOException {
        byte[] rest = new byte[4096];
        return stream.read(rest) < 0;
    }

    private InputStream listen(HttpClient client, VmUser user, String... headers) throws Exception {
        HttpRequest.Builder request = api.request("/vm/events")
                .header("Authorization", "Bearer " + user.token())
                .header("Accept", "text/event-stream");
        if (headers.length > 0) {
            request.headers(headers);
        }
        HttpResponse<InputStream> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
        return answer.body();
    }

    private VmUser admin() {
        HttpResponse<String> login =
                api.post("/auth/login", Map.of("username", "admin", "password", "password of admin in tests"));
        return new VmUser(api, TestApi.json(login).get("accessToken").asString());
    }

    private JsonNode only(VmUser user) {
        JsonNode sessions = TestApi.json(user.get("/sessions"));
        assertThat(sessions).hasSize(1);
        return sessions.get(0);
    }

    private ConsoleTicket verified(String text) {
        TicketVerdict verdict = new TicketVerifier(Map.of("key-1", keys.getPublic()), Clock.systemUTC()).verify(text);
        return ((TicketVerdict.Good) verdict).ticket();
    }
}
