package dev.oriel.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InvitationIT {
    private final TestApi api = ApiTestServers.startApi(
            Map.of("oriel.registration", "invite", "oriel.limits.logins-per-minute-per-address", "1000"));
    private final String admin = TestApi.json(
                    api.post("/auth/login", Map.of("username", "admin", "password", "password of admin in tests")))
            .get("accessToken")
            .asString();

    @AfterAll
    void close() {
        api.close();
    }

    @Test
    void registration_needsACode_thatIsGoodOnce() {
        assertRefused(register("uninvited", null));
        assertRefused(register("uninvited", "AAAAA-AAAAA-AAAAA-AAAAA"));
        JsonNode invitation = invite(Map.of("note", "for Ann"));
        String code = invitation.get("code").asString();
        assertThat(invitation.get("url").asString())
                .isEqualTo("https://localhost:8443/pages/register#invitation=" + code);
        // As people type it.
        assertThat(register("ann", code.toLowerCase(java.util.Locale.ROOT).replace("-", " "))
                        .statusCode())
                .isEqualTo(201);
        assertRefused(register("bob", code));
        assertThat(api.bean(JdbcClient.class)
                        .sql("SELECT string_agg(invitation::text, '') FROM invitation")
                        .query(String.class)
                        .single())
                .doesNotContain(code);
    }

    @Test
    void nameInUse_doesNotUseTheCodeUp() {
        String code = invite(Map.of()).get("code").asString();
        assertThat(register("admin", code).statusCode()).isEqualTo(409);
        assertThat(register("admin-2", code).statusCode()).isEqualTo(201);
    }

    @Test
    void manyAtOnce_takeNoMoreThanThereAre() throws Exception {
        String code = invite(Map.of("uses", 3)).get("code").asString();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                int number = i;
                answers.add(threads.submit(() -> register("crowd-" + number, code)));
            }
            int made = 0;
            for (Future<HttpResponse<String>> answer : answers) {
                made += answer.get().statusCode() == 201 ? 1 : 0;
            }
            assertThat(made).isEqualTo(3);
        }
    }

    @Test
    void withdrawnAndLateCodes_areNoGood() {
        JsonNode withdrawn = invite(Map.of());
        assertThat(api.send(api.request("/admin/invitations/"
                                        + withdrawn.get("id").asString())
                                .header("Authorization", "Bearer " + admin)
                                .DELETE())
                        .statusCode())
                .isEqualTo(204);
        assertRefused(register("carl", withdrawn.get("code").asString()));
        JsonNode late = invite(Map.of());
        api.bean(JdbcClient.class)
                .sql("UPDATE invitation SET expires_at = now() - interval '1 second' WHERE id = CAST(:id AS uuid)")
                .param("id", late.get("id").asString())
                .update();
        assertRefused(register("carl", late.get("code").asString()));
    }

    private JsonNode invite(Map<String, ?> wanted) {
        HttpResponse<String> answer =
                api.send(api.jsonRequest("/admin/invitations", wanted).header("Authorization", "Bearer " + admin));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return TestApi.json(answer);
    }

    private HttpResponse<String> register(String name, @Nullable String code) {
        Map<String, Object> body = new HashMap<>(Map.of("username", name, "password", "a long enough password"));
        if (code != null) {
            body.put("invitation", code);
        }
        return api.post("/auth/register", body);
    }

    private static void assertRefused(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
        assertThat(TestApi.json(answer).get("code").asString()).isEqualTo("registration-closed");
    }
}
