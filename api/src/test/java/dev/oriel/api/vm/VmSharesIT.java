package dev.oriel.api.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.TestApi;
import dev.oriel.core.console.ConsolePermission;
import dev.oriel.core.console.ConsoleTicket;
import dev.oriel.core.console.Revocation;
import dev.oriel.core.console.TicketKeys;
import dev.oriel.core.console.TicketVerdict;
import dev.oriel.core.console.TicketVerifier;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Share links: what they let in, how often, and how they end. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VmSharesIT {
    private final KeyPair keys = TicketKeys.generate();
    private final TestPlatform platform;
    private final VmUser owner;
    private final String vm;

    VmSharesIT() throws IOException {
        platform = new TestPlatform(Map.of("oriel.api.ticket-key", "key-1=" + TicketKeys.encode(keys.getPrivate())));
        owner = platform.newUser();
        vm = owner.createId();
    }

    @AfterAll
    void close() throws IOException {
        platform.close();
    }

    private JsonNode share(Map<String, ?> body) {
        HttpResponse<String> answer = owner.post("/vm/" + vm + "/shares", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return TestApi.json(answer);
    }

    private HttpResponse<String> ticket(JsonNode share, Map<String, ?> body) {
        return platform.api.post("/shares/" + share.get("token").asString() + "/ticket", body);
    }

    private HttpResponse<String> look(JsonNode share) {
        return platform.api.get("/shares/" + share.get("token").asString());
    }

    private ConsoleTicket verified(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        String text = TestApi.json(answer).get("ticket").asString();
        return ((TicketVerdict.Good)
                        new TicketVerifier(Map.of("key-1", keys.getPublic()), Clock.systemUTC()).verify(text))
                .ticket();
    }

    @Test
    void link_givesATicketToAnybody_boundToItselfAndItsEnd() {
        JsonNode share = share(Map.of());
        assertThat(share.get("mode").asString()).isEqualTo("view");
        assertThat(share.get("url").asString())
                .isEqualTo("https://localhost:8443/pages/share/"
                        + share.get("token").asString());
        ConsoleTicket ticket = verified(ticket(share, Map.of("name", "  Ann\u0007 \n of Green Gables ")));
        assertThat(ticket.permission()).isEqualTo(ConsolePermission.VIEW);
        assertThat(ticket.vm().toString()).isEqualTo(vm);
        assertThat(ticket.login().toString()).isEqualTo(share.get("id").asString());
        assertThat(ticket.guest().orElseThrow().name()).isEqualTo("Ann of Green Gables");
        assertThat(ticket.guest().orElseThrow().until())
                .isEqualTo(Instant.parse(share.get("expiresAt").asString()));
        assertThat(verified(ticket(share(Map.of("mode", "drive")), Map.of())).permission())
                .isEqualTo(ConsolePermission.DRIVE);
    }

    @Test
    void token_isKeptNowhere_andShownOnce() {
        JsonNode share = share(Map.of("password", "open sesame"));
        String token = share.get("token").asString();
        JsonNode listed = TestApi.json(owner.get("/vm/" + vm + "/shares"))
                .valueStream()
                .filter(one -> one.get("id").equals(share.get("id")))
                .findFirst()
                .orElseThrow();
        assertThat(listed.get("token").isNull()).isTrue();
        assertThat(listed.get("url").isNull()).isTrue();
        assertThat(listed.get("password").asBoolean()).isTrue();
        Map<String, Object> row = platform.api
                .bean(JdbcClient.class)
                .sql("SELECT * FROM share WHERE id = :id")
                .param("id", UUID.fromString(share.get("id").asString()))
                .query()
                .singleRow();
        assertThat(row.values()).noneMatch(value -> String.valueOf(value).contains(token));
        assertThat(String.valueOf(row.get("password_hash"))).startsWith("$argon2id$");
    }

    @Test
    void looking_usesNothingUp_andUsesAreCountedExactly_underManyTriesAtOnce() throws Exception {
        JsonNode share = share(Map.of("maxUses", 3));
        for (int i = 0; i < 5; i++) {
            assertThat(look(share).statusCode()).isEqualTo(200);
        }
        List<Callable<HttpResponse<String>>> tries = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            tries.add(() -> ticket(share, Map.of()));
        }
        List<HttpResponse<String>> answers = new ArrayList<>();
        try (ExecutorService together = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<HttpResponse<String>> one : together.invokeAll(tries)) {
                answers.add(one.get());
            }
        }
        List<HttpResponse<String>> let =
                answers.stream().filter(answer -> answer.statusCode() == 200).toList();
        assertThat(let).hasSize(3);
        assertThat(answers)
                .filteredOn(answer -> answer.statusCode() != 200)
                .allSatisfy(answer -> assertThat(VmUser.code(answer)).isEqualTo("share-ended"));
        String key = TestApi.json(let.getFirst()).get("visit").asString();
        verified(ticket(share, Map.of("visit", key)));
        assertThat(ticket(share, Map.of("visit", key.substring(1) + "A")).statusCode())
                .isEqualTo(403);
    }

    @Test
    void password_isNeeded_andGuessingIsSlowedDown() {
        JsonNode share = share(Map.of("password", "open sesame", "maxUses", 2));
        assertThat(TestApi.json(look(share)).get("password").asBoolean()).isTrue();
        assertThat(ticket(share, Map.of()).statusCode()).isEqualTo(401);
        // Somebody wanted a password and had none at hand: no link for everybody.
        assertThat(owner.post("/vm/" + vm + "/shares", Map.of("password", "")).statusCode())
                .isEqualTo(400);
        assertThat(ticket(share, Map.of("password", "wrong")).statusCode()).isEqualTo(401);
        HttpResponse<String> right = ticket(share, Map.of("password", "open sesame"));
        verified(right);
        int limited = 0;
        for (int i = 0; i < 15; i++) {
            HttpResponse<String> answer = ticket(share, Map.of("password", "guess " + i));
            limited += answer.statusCode() == 429 ? 1 : 0;
            assertThat(answer.statusCode()).isIn(401, 429);
        }
        assertThat(limited).isPositive();
        verified(ticket(share, Map.of("visit", TestApi.json(right).get("visit").asString())));
        assertThat(TestApi.json(owner.get("/vm/" + vm + "/shares"))
                        .valueStream()
                        .filter(one -> one.get("id").equals(share.get("id")))
                        .map(one -> one.get("uses").asInt()))
                .as("failures and returns use nothing up")
                .containsExactly(1);
    }

    @Test
    void revokedLink_isGone_andItsConsolesAreTold() {
        JsonNode share = share(Map.of());
        String path = "/vm/" + vm + "/shares/" + share.get("id").asString();
        VmUser stranger = platform.newUser();
        assertThat(stranger.send("DELETE", path, Map.of()).statusCode()).isEqualTo(404);
        assertThat(stranger.get("/vm/" + vm + "/shares").statusCode()).isEqualTo(404);
        assertThat(stranger.post("/vm/" + vm + "/shares", Map.of()).statusCode())
                .isEqualTo(404);
        assertThat(owner.send("DELETE", path, Map.of()).statusCode()).isEqualTo(204);
        String key = Revocation.key(
                Revocation.Scope.LOGIN, UUID.fromString(share.get("id").asString()));
        assertThat(platform.api.bean(StringRedisTemplate.class).hasKey(key)).isTrue();
        assertThat(look(share).statusCode()).isEqualTo(404);
        assertThat(ticket(share, Map.of()).statusCode()).isEqualTo(404);
        assertThat(owner.send("DELETE", path, Map.of()).statusCode()).isEqualTo(404);
    }

    @Test
    void linkRevokedWhileRedisIsAway_isAnnouncedLater() throws Exception {
        JsonNode share = share(Map.of());
        platform.stopRedis();
        try {
            assertThat(owner.send(
                                    "DELETE",
                                    "/vm/" + vm + "/shares/" + share.get("id").asString(),
                                    Map.of())
                            .statusCode())
                    .isEqualTo(204);
        } finally {
            platform.startRedis();
        }
        String key = Revocation.key(
                Revocation.Scope.LOGIN, UUID.fromString(share.get("id").asString()));
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .ignoreExceptions()
                .until(() -> platform.api.bean(StringRedisTemplate.class).hasKey(key));
    }

    @Test
    void oddLinks_areRefused_andUnknownOnesLookAlike() {
        for (Map<String, ?> body : List.<Map<String, ?>>of(
                Map.of("mode", "own"),
                Map.of("maxUses", 0),
                Map.of("expiresAt", "2020-01-01T00:00:00Z"),
                Map.of("expiresAt", "2099-01-01T00:00:00Z"),
                Map.of("password", "abc"),
                Map.of("admin", true))) {
            assertThat(owner.post("/vm/" + vm + "/shares", body).statusCode())
                    .as(body.toString())
                    .isEqualTo(400);
        }
        for (String token : List.of("x", "A".repeat(43), "..%2f..")) {
            HttpResponse<String> answer = platform.api.get("/shares/" + token);
            assertThat(answer.statusCode()).isIn(400, 404);
        }
        JsonNode brief =
                share(Map.of("expiresAt", Instant.now().plusMillis(1500).toString()));
        Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> look(brief).statusCode() == 404);
        assertThat(ticket(brief, Map.of()).statusCode()).isEqualTo(404);
    }

    @Test
    void stoppedVm_keepsItsLinks_deletedOneLosesThem() {
        String other = owner.createId();
        JsonNode share = TestApi.json(owner.post("/vm/" + other + "/shares", Map.of()));
        owner.post("/vm/" + other + "/stop", Map.of());
        assertThat(TestApi.json(look(share)).get("running").asBoolean()).isFalse();
        assertThat(ticket(share, Map.of()).statusCode()).isEqualTo(409);
        owner.send("DELETE", "/vm/" + other, Map.of());
        assertThat(look(share).statusCode()).isEqualTo(404);
    }
}
