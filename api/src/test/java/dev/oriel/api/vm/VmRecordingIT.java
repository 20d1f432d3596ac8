package dev.oriel.api.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import dev.oriel.core.console.OpenConsole;
import dev.oriel.core.console.RecordingId;
import dev.oriel.core.console.RecordingStatus;
import dev.oriel.core.json.OrielJson;
import dev.oriel.core.vm.VmId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Recordings as their owners see them, with a gateway that keeps what it was asked for. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VmRecordingIT {
    private static final long GIB = 1L << 30;
    private static final Duration SOON = Duration.ofSeconds(20);

    private final TestHost host = TestHost.start();
    private final Map<RecordingId, RecordingStatus> held = new ConcurrentHashMap<>();
    private final HttpServer gateway;
    private final TestApi api;
    private volatile long bytes = 1000;
    private int users;

    VmRecordingIT() throws IOException {
        gateway = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        gateway.createContext(OpenConsole.PATH, exchange -> answer(exchange, 200, List.of()));
        gateway.createContext(RecordingStatus.PATH, this::serve);
        gateway.start();
        api = ApiTestServers.startApi(Map.of(
                "oriel.api.hosts",
                host.entry("http://127.0.0.1:" + gateway.getAddress().getPort()),
                "oriel.recordings.templates",
                "blank",
                "oriel.quota.disk-gib",
                "40",
                "oriel.limits.logins-per-minute-per-address",
                "1000"));
    }

    @AfterAll
    void close() {
        api.close();
        host.close();
        gateway.stop(0);
    }

    private void serve(HttpExchange exchange) throws IOException {
        String[] path = exchange.getRequestURI().getPath().split("/", -1);
        if (path.length < 4) {
            answer(exchange, 200, List.copyOf(held.values()));
            return;
        }
        VmId vm = VmId.of(path[2]);
        RecordingId id = RecordingId.of(path[3]);
        String verb = exchange.getRequestMethod() + (path.length > 4 ? " " + path[4] : "");
        switch (verb) {
            case "PUT" -> answer(exchange, 200, held.compute(id, (_, old) -> status(vm, id, ended(old))));
            case "PUT stop" -> {
                held.computeIfPresent(id, (_, old) -> status(vm, id, Optional.of(RecordingStatus.STOPPED)));
                answer(exchange, 204, null);
            }
            case "DELETE" -> {
                held.remove(id);
                answer(exchange, 204, null);
            }
            default -> answer(exchange, held.containsKey(id) ? 200 : 404, held.get(id));
        }
    }

    private static Optional<String> ended(@org.jspecify.annotations.Nullable RecordingStatus old) {
        return old == null ? Optional.empty() : old.ended();
    }

    private RecordingStatus status(VmId vm, RecordingId id, Optional<String> ended) {
        return new RecordingStatus(
                id,
                vm,
                Instant.now(),
                ended,
                bytes,
                Duration.ofSeconds(5),
                List.of(new RecordingStatus.Part(0, bytes)));
    }

    private static void answer(HttpExchange exchange, int status, @org.jspecify.annotations.Nullable Object value)
            throws IOException {
        byte[] body = value == null ? new byte[0] : OrielJson.mapper().writeValueAsBytes(value);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private VmUser newUser() {
        return VmUser.register(api, "recorder" + ++users);
    }

    private static JsonNode first(VmUser user, String vm) {
        return TestApi.json(user.get("/vm/" + vm + "/recordings")).get(0);
    }

    @Test
    void aRecording_isItsOwnersAlone_oneAtATime_andGoesWhenItIsDeleted() {
        VmUser owner = newUser();
        VmUser other = newUser();
        String vm = owner.createId();
        HttpResponse<String> begun = owner.post("/vm/" + vm + "/recordings", Map.of());
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(201);
        String id = TestApi.json(begun).get("id").asString();
        String path = "/vm/" + vm + "/recordings/" + id;
        assertThat(owner.post("/vm/" + vm + "/recordings", Map.of()).statusCode())
                .isEqualTo(409);
        for (String one : List.of(path, "/vm/" + vm + "/recordings", path + "/parts/0")) {
            assertThat(other.get(one).statusCode()).isEqualTo(404);
        }
        assertThat(other.post(path + "/stop", Map.of()).statusCode()).isEqualTo(404);
        assertThat(other.send("DELETE", path, Map.of()).statusCode()).isEqualTo(404);
        assertThat(owner.get("/vm/" + vm + "/recordings/" + UUID.randomUUID()).statusCode())
                .isEqualTo(404);
        JsonNode stopped = TestApi.json(owner.post(path + "/stop", Map.of()));
        assertThat(stopped.get("state").asString()).isEqualTo("ended");
        assertThat(stopped.get("reason").asString()).isEqualTo("stopped");
        assertThat(stopped.get("parts")).hasSize(1);
        assertThat(owner.send("DELETE", path, Map.of()).statusCode()).isEqualTo(204);
        assertThat(held).doesNotContainKey(RecordingId.of(id));
    }

    @Test
    void whatIsRecorded_countsAgainstTheQuota_andEndsThere() {
        VmUser owner = newUser();
        String vm = owner.createId();
        long before = disk(owner);
        owner.post("/vm/" + vm + "/recordings", Map.of());
        bytes = GIB;
        try {
            await().atMost(SOON).until(() -> disk(owner) == before + GIB);
            bytes = 41 * GIB;
            await().atMost(SOON)
                    .until(() -> first(owner, vm).get("state").asString().equals("ended"));
            assertThat(first(owner, vm).get("reason").asString()).isEqualTo("full");
            HttpResponse<String> another = owner.post("/vm/" + vm + "/recordings", Map.of());
            assertThat(another.statusCode()).isEqualTo(403);
            assertThat(VmUser.code(another)).isEqualTo("quota-exceeded");
        } finally {
            bytes = 1000;
        }
    }

    @Test
    void whatEndedLongAgo_isRemoved_andWhatIsYoungerStays() {
        VmUser owner = newUser();
        String vm = owner.createId();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            String id = TestApi.json(owner.post("/vm/" + vm + "/recordings", Map.of()))
                    .get("id")
                    .asString();
            owner.post("/vm/" + vm + "/recordings/" + id + "/stop", Map.of());
            ids.add(id);
        }
        age(ids.getFirst(), "31 days");
        age(ids.getLast(), "29 days");
        await().atMost(SOON).until(() -> !held.containsKey(RecordingId.of(ids.getFirst())));
        assertThat(owner.get("/vm/" + vm + "/recordings/" + ids.getFirst()).statusCode())
                .isEqualTo(404);
        assertThat(TestApi.json(owner.get("/vm/" + vm + "/recordings"))).hasSize(1);
        assertThat(held).containsKey(RecordingId.of(ids.getLast()));
    }

    private void age(String id, String interval) {
        api.bean(JdbcClient.class)
                .sql("""
                        UPDATE recording SET ended_at = ended_at - CAST(:age AS interval)
                        WHERE id = CAST(:id AS uuid) AND state = 'ended'
                        """)
                .param("age", interval)
                .param("id", id)
                .update();
    }

    @Test
    void whatNobodyKnows_isRemovedFromItsHost_andWhatMayJustHaveBegunIsNot() {
        VmId vm = VmId.random();
        RecordingId orphan = RecordingId.random();
        RecordingId young = RecordingId.random();
        held.put(young, status(vm, young, Optional.empty()));
        held.put(
                orphan,
                new RecordingStatus(
                        orphan,
                        vm,
                        Instant.now().minusSeconds(90),
                        Optional.of(RecordingStatus.STOPPED),
                        bytes,
                        Duration.ofSeconds(5),
                        List.of()));
        await().atMost(Duration.ofSeconds(60)).until(() -> !held.containsKey(orphan));
        assertThat(held).containsKey(young);
        held.remove(young);
    }

    @Test
    void aDeletedVm_takesItsRecordingsAlong() {
        VmUser owner = newUser();
        String vm = owner.createId();
        String id = TestApi.json(owner.post("/vm/" + vm + "/recordings", Map.of()))
                .get("id")
                .asString();
        owner.send("DELETE", "/vm/" + vm, Map.of());
        await().atMost(SOON).until(() -> !held.containsKey(RecordingId.of(id)));
    }

    private static long disk(VmUser user) {
        return TestApi.json(user.get("/auth/me")).get("usage").get("diskBytes").asLong();
    }

    @Test
    void aTemplatesRule_recordsItsVms_fromStartToStop() {
        VmUser owner = newUser();
        String vm = owner.create(Map.of("template", "blank")).get("id").asString();
        await().atMost(SOON)
                .until(() ->
                        TestApi.json(owner.get("/vm/" + vm + "/recordings")).size() == 1);
        JsonNode recording = first(owner, vm);
        assertThat(recording.get("byTemplate").asBoolean()).isTrue();
        String path = "/vm/" + vm + "/recordings/" + recording.get("id").asString();
        assertThat(owner.post(path + "/stop", Map.of()).statusCode()).isEqualTo(409);
        assertThat(owner.send("DELETE", path, Map.of()).statusCode()).isEqualTo(409);
        owner.post("/vm/" + vm + "/stop", Map.of());
        await().atMost(SOON)
                .until(() -> first(owner, vm).get("state").asString().equals("ended"));
        assertThat(owner.send("DELETE", path, Map.of()).statusCode()).isEqualTo(204);
    }
}
