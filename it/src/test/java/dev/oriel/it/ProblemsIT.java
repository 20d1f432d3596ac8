package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** What goes wrong is said as problem+json with a code, through the whole path. */
@ExtendWith(SharedOriel.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProblemsIT {
    private final RunningOriel oriel;
    private final OrielUser user;

    ProblemsIT(RunningOriel oriel) {
        this.oriel = oriel;
        this.user = OrielUser.register(oriel);
        user.awaitTemplate("tiny", SharedOriel.TEMPLATE_LIMIT);
    }

    @Test
    void unknownTemplate_isNamed() {
        problem(user.post("/api/vm", "{\"template\":\"no-such-thing\"}"), "unknown-template");
    }

    @Test
    void badJson_isBadRequest() {
        problem(user.post("/api/vm", "{\"template\":"), "bad-request");
        problem(user.post("/api/vm", "{\"template\":\"tiny\",\"colour\":\"red\"}"), "bad-request");
    }

    @Test
    void noLogin_isUnauthenticated() {
        problem(OrielUser.anonymous(oriel).get("/api/vm"), "unauthenticated");
    }

    @Test
    void unknownPath_isNotFound() {
        problem(user.get("/api/no/such/path"), "not-found");
    }

    @Test
    void wrongMethodAndType_areSaid() {
        problem(user.send("PUT", "/api/vm", "{}"), "method-not-allowed");
        problem(user.send("POST", "/api/auth/login", "", "Content-Type", "text/plain"), "unsupported-media-type");
    }

    @Test
    void nameInUse_andQuota_areSaid() {
        OrielUser owner = OrielUser.register(oriel);
        String first = owner.createRunning(java.util.Map.of("template", "tiny", "name", "mine"))
                .path("id")
                .asString();
        problem(owner.post("/api/vm", "{\"template\":\"tiny\",\"name\":\"mine\"}"), "name-in-use");
        String second = owner.createRunning("tiny").path("id").asString();
        OrielUser.Answer third = owner.post("/api/vm", "{\"template\":\"tiny\"}");
        problem(third, "quota-exceeded");
        assertThat(third.status()).isEqualTo(403);
        owner.deleteFully(first);
        owner.deleteFully(second);
    }

    @Test
    void openDocuments_areThere() {
        OrielUser.Answer document =
                OrielUser.anonymous(oriel).get("/openapi.json").expect(200);
        assertThat(document.json().path("paths").has("/vm")).isTrue();
        assertThat(OrielUser.anonymous(oriel).get("/docs").status()).isIn(200, 302);
    }

    private static void problem(OrielUser.Answer answer, String code) {
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        assertThat(answer.text("code")).as("problem %s", answer.json()).isEqualTo(code);
        assertThat(answer.json().path("status").asInt()).isEqualTo(answer.status());
        assertThat(answer.text("requestId")).isNotEmpty();
        assertThat(answer.text("detail")).isNotEmpty();
    }
}
