package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Everything that people do with a VM in its life, one after the other on VMs that came from the pool: their first layers
 * are not like those of VMs that booted.
 */
record WholeLife(OrielUser user) {
    private static final Duration MOVED = Duration.ofSeconds(60);

    /** Makes, uses and deletes VMs of {@code tiny}; all are gone afterwards. */
    void live() {
        String first = create(Map.of("template", "tiny", "name", "first"));
        String snapshot = done(first, "/snapshots", Map.of("name", "kept")).text("id");
        String moment = done(first, "/snapshots", Map.of("name", "moment", "live", true))
                .text("id");
        user.deleteFully(create(Map.of("snapshot", snapshot, "name", "copy")));
        String second = create(Map.of("snapshot", moment, "name", "at that moment"));
        user.deleteFully(first);
        outliveItsOrigin(second);
        fork(second);
        growAndPublish();
        beWatched();
    }

    private void outliveItsOrigin(String vm) {
        restart(vm);
        String late = done(vm, "/snapshots", Map.of("name", "late")).text("id");
        done(vm, "/snapshots/" + late + "/restore", Map.of());
        user.awaitState(vm, "running", MOVED);
        assertThat(user.delete("/api/vm/" + vm + "/snapshots/" + late).status()).isIn(202, 204);
        done(vm, "/suspend", Map.of());
        user.awaitState(vm, "suspended", MOVED);
        done(vm, "/resume", Map.of());
        user.awaitState(vm, "running", MOVED);
    }

    /** The child goes on without its parent. */
    private void fork(String parent) {
        JsonNode children = done(parent, "/fork", Map.of("count", 1)).json();
        assertThat(children).hasSize(1);
        String child = children.get(0).path("id").asString();
        user.awaitState(child, "running", MOVED);
        user.deleteFully(parent);
        restart(child);
        user.deleteFully(child);
    }

    private void growAndPublish() {
        String vm = create(Map.of("template", "tiny", "name", "to publish"));
        done(vm, "/stop", Map.of("force", true));
        String change = json(Map.of("diskGiB", 2, "memoryMiB", 192));
        assertThat(user.send("PATCH", "/api/vm/" + vm, change)
                        .expect(200)
                        .json()
                        .path("diskGiB")
                        .asInt())
                .isEqualTo(2);
        done(vm, "/start", Map.of());
        user.awaitState(vm, "running", MOVED);
        done(vm, "/stop", Map.of("force", true));
        OrielUser.Answer published =
                user.post("/api/vm/templates", json(Map.of("name", "mine", "title", "Mine", "vm", vm)));
        assertThat(published.status()).as("%s", published.json()).isIn(201, 202);
        String template = published.text("name");
        user.awaitTemplate(template, MOVED);
        user.deleteFully(vm);
        user.deleteFully(create(Map.of("template", template, "name", "of mine")));
        assertThat(user.delete("/api/vm/templates/" + template).status()).isIn(202, 204);
    }

    private void beWatched() {
        String vm = create(Map.of("template", "tiny", "name", "watched"));
        String recording = done(vm, "/recordings", Map.of()).text("id");
        done(vm, "/recordings/" + recording + "/stop", Map.of());
        String upload = user.upload("n.txt", "file", new byte[] {'h', 'i'}).text("id");
        assertThat(user.send("PUT", "/api/vm/" + vm + "/disc", json(Map.of("upload", upload)))
                        .status())
                .isIn(200, 202, 204);
        assertThat(done(vm, "/shares", Map.of("mode", "view", "maxUses", 2)).text("url"))
                .isNotEmpty();
        user.deleteFully(vm);
        user.delete("/api/post/" + upload).expect(204);
        Awaitility.await("nothing is held any more")
                .atMost(MOVED)
                .untilAsserted(() -> assertThat(user.get("/api/auth/me")
                                .expect(200)
                                .json()
                                .path("usage")
                                .path("runningVms")
                                .asInt(-1))
                        .isZero());
    }

    private void restart(String vm) {
        done(vm, "/stop", Map.of("force", true));
        user.awaitState(vm, "stopped", MOVED);
        done(vm, "/start", Map.of());
        user.awaitState(vm, "running", MOVED);
    }

    private String create(Map<String, ?> wish) {
        return user.createRunning(wish).path("id").asString();
    }

    private OrielUser.Answer done(String vm, String path, Map<String, ?> body) {
        OrielUser.Answer answer = user.post("/api/vm/" + vm + path, json(body));
        assertThat(answer.status()).as("%s: %s", path, answer.json()).isIn(List.of(200, 201, 202));
        return answer;
    }

    private static String json(Map<String, ?> body) {
        return JsonMapper.shared().writeValueAsString(body);
    }
}
