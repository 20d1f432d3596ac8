package dev.oriel.api.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import dev.oriel.core.console.Revocation;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RefreshIT {
    private final TestApi api = ApiTestServers.startApi();

    @AfterAll
    void close() {
        api.close();
    }

    @Test
    void refresh_givesANewPair_thatWorks() {
        HttpResponse<String> login = register("rotator");
        HttpResponse<String> next = refresh(Cookies.value(login, AuthCookies.REFRESH));
        assertThat(next.statusCode()).isEqualTo(200);
        assertThat(Cookies.value(next, AuthCookies.REFRESH)).isNotEqualTo(Cookies.value(login, AuthCookies.REFRESH));
        assertThat(me(TestApi.json(next).get("accessToken").asString())).isEqualTo(200);
        assertThat(refresh(Cookies.value(next, AuthCookies.REFRESH)).statusCode())
                .isEqualTo(200);
    }

    @Test
    void oldToken_givesTheSameSuccessor_forAMoment() {
        String first = Cookies.value(register("twotabs"), AuthCookies.REFRESH);
        String successor = Cookies.value(refresh(first), AuthCookies.REFRESH);
        assertThat(Cookies.value(refresh(first), AuthCookies.REFRESH)).isEqualTo(successor);
        assertThat(refresh(successor).statusCode()).isEqualTo(200);
    }

    @Test
    void reuse_afterTheMoment_killsTheLoginAndItsConsoles() {
        HttpResponse<String> login = register("victim");
        String stolen = Cookies.value(login, AuthCookies.REFRESH);
        HttpResponse<String> next = refresh(stolen);
        // As if the rotation was 11 s ago.
        api.bean(JdbcClient.class)
                .sql("UPDATE login SET rotated_at = rotated_at - interval '11 seconds'")
                .update();
        assertThat(refresh(stolen).statusCode()).isEqualTo(401);
        assertThat(refresh(Cookies.value(next, AuthCookies.REFRESH)).statusCode())
                .isEqualTo(401);
        assertThat(me(TestApi.json(next).get("accessToken").asString())).isEqualTo(401);
        assertThat(revocationOf("victim")).isTrue();
    }

    @Test
    void tokenBeforeThePreviousOne_isReuse_evenAtOnce() {
        String first = Cookies.value(register("grandparent"), AuthCookies.REFRESH);
        String second = Cookies.value(refresh(first), AuthCookies.REFRESH);
        String third = Cookies.value(refresh(second), AuthCookies.REFRESH);
        assertThat(refresh(first).statusCode()).isEqualTo(401);
        assertThat(refresh(third).statusCode()).isEqualTo(401);
    }

    @Test
    void twentyParallelRefreshes_leaveOneLiveSuccessor() throws Exception {
        String token = Cookies.value(register("parallel"), AuthCookies.REFRESH);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<HttpResponse<String>>> answers = IntStream.range(0, 20)
                    .mapToObj(i -> threads.submit(() -> refresh(token)))
                    .toList();
            java.util.Set<String> successors = new java.util.HashSet<>();
            for (Future<HttpResponse<String>> answer : answers) {
                assertThat(answer.get().statusCode()).isEqualTo(200);
                successors.add(Cookies.value(answer.get(), AuthCookies.REFRESH));
            }
            assertThat(successors).hasSize(1);
            assertThat(refresh(successors.iterator().next()).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void accessToken_doesNotRefresh_andRefreshTokenDoesNotOpen() {
        HttpResponse<String> login = register("confused");
        assertThat(refresh(Cookies.value(login, AuthCookies.ACCESS)).statusCode())
                .isEqualTo(401);
        assertThat(me(Cookies.value(login, AuthCookies.REFRESH))).isEqualTo(401);
    }

    @Test
    void refusedRefresh_clearsTheCookies() {
        HttpResponse<String> answer = refresh("not-a-token");
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(Cookies.header(answer, AuthCookies.REFRESH)).contains("Max-Age=0");
    }

    private boolean revocationOf(String username) {
        List<java.util.UUID> logins = api.bean(JdbcClient.class)
                .sql(
                        "SELECT login.id FROM login JOIN account ON account.id = account_id WHERE username = :name AND announced")
                .param("name", username)
                .query((row, number) -> row.getObject(1, java.util.UUID.class))
                .list();
        return logins.stream()
                .anyMatch(login ->
                        api.bean(StringRedisTemplate.class).hasKey(Revocation.key(Revocation.Scope.LOGIN, login)));
    }

    private HttpResponse<String> register(String name) {
        HttpResponse<String> answer =
                api.post("/auth/register", Map.of("username", name, "password", "a long enough password"));
        assertThat(answer.statusCode()).isEqualTo(201);
        return answer;
    }

    private int me(String token) {
        return api.send(api.request("/auth/me").header("Authorization", "Bearer " + token))
                .statusCode();
    }

    private HttpResponse<String> refresh(String token) {
        return api.send(api.request("/auth/refresh")
                .header("Cookie", AuthCookies.REFRESH + "=" + token)
                .header("Accept", "application/json")
                .header("Sec-Fetch-Site", "same-origin")
                .POST(BodyPublishers.noBody()));
    }
}
