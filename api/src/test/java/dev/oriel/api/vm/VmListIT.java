package dev.oriel.api.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.TestApi;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Lists of VMs by page and filter, and changes of what was seen. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VmListIT {
    private static final Pattern NEXT = Pattern.compile("</api(/[^>]*)>; rel=\"next\"");

    private final TestPlatform platform;

    VmListIT() throws IOException {
        platform = new TestPlatform();
    }

    @AfterAll
    void close() throws IOException {
        platform.close();
    }

    @Test
    void walk_meetsEachOnce_alsoWhileOthersComeAndGo() {
        VmUser user = platform.newUser();
        for (int i = 0; i < 7; i++) {
            user.create(Map.of("template", "tiny", "name", "walked-" + i));
        }
        user.create(Map.of("template", "tiny", "name", "another"));
        List<String> names = new ArrayList<>();
        String path = "/vm?limit=2&name=WALKED&state=running,starting&template=tiny";
        for (int pages = 0; pages < 10 && path != null; pages++) {
            HttpResponse<String> answer = user.get(path);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            TestApi.json(answer).forEach(vm -> names.add(vm.get("name").asString()));
            Matcher next = NEXT.matcher(answer.headers().firstValue("Link").orElse(""));
            path = next.matches() ? next.group(1) : null;
            if (pages == 0) {
                user.send(
                        "DELETE", "/vm/" + TestApi.json(answer).get(0).get("id").asString(), Map.of());
                user.create(Map.of("template", "tiny", "name", "walked-late"));
            }
        }
        assertThat(names)
                .containsExactly(
                        "walked-0",
                        "walked-1",
                        "walked-2",
                        "walked-3",
                        "walked-4",
                        "walked-5",
                        "walked-6",
                        "walked-late");
    }

    /** Not in chunks: the end of an answer would be a packet of its own, and a wake of its own for who reads it. */
    @Test
    void list_goesOutInOnePiece_withItsLength() {
        VmUser user = platform.newUser();
        user.createId();
        HttpResponse<String> answer = user.get("/vm");
        assertThat(answer.headers().firstValueAsLong("Content-Length"))
                .hasValue(answer.body().getBytes(StandardCharsets.UTF_8).length);
        assertThat(answer.headers().firstValue("Transfer-Encoding")).isEmpty();
    }

    /** Lists are kept as text: not one change may be missing in the next, whoever made it and however small it is. */
    @Test
    void list_showsEveryChange_alsoOthers() {
        VmUser user = platform.newUser();
        String id = user.createId();
        String other = user.createId();
        assertListed(user, id, other);
        user.send("PATCH", "/vm/" + id, Map.of("name", "renamed", "labels", Map.of("env", "prod")));
        assertThat(assertListed(user, id, other).get(0).get("name").asString()).isEqualTo("renamed");
        // A write that leaves the revision as it is, as what disks take does.
        JdbcClient sql = platform.api.bean(JdbcClient.class);
        sql.sql("UPDATE vm SET name = 'quietly' WHERE id = :id::uuid")
                .param("id", id)
                .update();
        assertThat(assertListed(user, id, other).get(0).get("name").asString()).isEqualTo("quietly");
        user.send("DELETE", "/vm/" + id, Map.of(), "Prefer", "wait=20");
        assertThat(assertListed(user, other)).hasSize(1);
        assertThat(ids(platform.newUser().get("/vm"))).isEmpty();
        String third = user.createId();
        assertListed(user, other, third);
    }

    /** The list, asked for twice, has just these, each as it is by itself. */
    private static JsonNode assertListed(VmUser user, String... ids) {
        assertThat(ids(user.get("/vm"))).containsExactly(ids);
        HttpResponse<String> again = user.get("/vm");
        assertThat(ids(again)).containsExactly(ids);
        for (int i = 0; i < ids.length; i++) {
            assertThat(settled(TestApi.json(again).get(i))).isEqualTo(settled(user.show(ids[i])));
        }
        return TestApi.json(again);
    }

    /** Without what changes by itself. */
    private static JsonNode settled(JsonNode vm) {
        return ((ObjectNode) vm).without("diskUsedBytes");
    }

    @Test
    void filters_chooseByState() {
        VmUser user = platform.newUser();
        String stopped = user.createId();
        String running = user.createId();
        user.post("/vm/" + stopped + "/stop", Map.of());
        user.awaitState(stopped, "stopped", Duration.ofSeconds(20));
        assertThat(ids(user.get("/vm?state=stopped"))).containsExactly(stopped);
        assertThat(ids(user.get("/vm?state=running"))).containsExactly(running);
        assertThat(ids(user.get("/vm?template=desktop"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"state=flying", "state=", "name=", "limit=0", "limit=201", "limit=x", "after=here"})
    void impossibleWishes_areNamed(String query) {
        HttpResponse<String> answer = platform.newUser().get("/vm?" + query);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("\"field\":\"" + query.substring(0, query.indexOf('=')) + "\"");
    }

    @Test
    void change_isMadeOnlyToWhatWasSeen() {
        VmUser user = platform.newUser();
        String id = user.createId();
        String seen = user.get("/vm/" + id).headers().firstValue("ETag").orElseThrow();
        HttpResponse<String> first = user.send("PATCH", "/vm/" + id, Map.of("name", "first"), "If-Match", seen);
        assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
        HttpResponse<String> late = user.send("PATCH", "/vm/" + id, Map.of("name", "late"), "If-Match", seen);
        assertThat(late.statusCode()).isEqualTo(412);
        assertThat(VmUser.code(late)).isEqualTo("precondition-failed");
        String fresh = first.headers().firstValue("ETag").orElseThrow();
        assertThat(fresh).isNotEqualTo(seen);
        assertThat(user.send("PATCH", "/vm/" + id, Map.of("name", "next"), "If-Match", "\"other\", " + fresh)
                        .statusCode())
                .isEqualTo(200);
        assertThat(user.send("DELETE", "/vm/" + id, Map.of(), "If-Match", seen).statusCode())
                .isEqualTo(412);
        assertThat(user.send("PATCH", "/vm/" + id, Map.of("name", "any"), "If-Match", "*")
                        .statusCode())
                .isEqualTo(200);
    }

    private static List<String> ids(HttpResponse<String> answer) {
        List<String> ids = new ArrayList<>();
        TestApi.json(answer).forEach(vm -> ids.add(vm.get("id").asString()));
        return ids;
    }

    @Test
    void labels_markVms_andListsChooseByThem() {
        VmUser user = platform.newUser();
        String web = user.create(Map.of("template", "tiny", "labels", Map.of("env", "prod", "role", "web")))
                .get("id")
                .asString();
        String db = user.create(Map.of("template", "tiny", "labels", Map.of("env", "test")))
                .get("id")
                .asString();
        assertThat(marked(user, "env=prod")).containsExactly(web);
        assertThat(marked(user, "env")).containsExactly(web, db);
        assertThat(marked(user, "env,role=web")).containsExactly(web);
        assertThat(marked(user, "env=test,role")).isEmpty();
        assertThat(user.show(web).get("labels").get("role").asString()).isEqualTo("web");
        assertThat(user.send("PATCH", "/vm/" + db, Map.of("labels", Map.of("env", "prod")))
                        .statusCode())
                .isEqualTo(200);
        assertThat(marked(user, "env=prod")).containsExactly(web, db);
        assertThat(user.get("/vm?label=" + "%21").statusCode()).isEqualTo(400);
        for (Map<String, String> bad : List.of(Map.of("Env", "x"), Map.of("env", "x".repeat(64)), Map.of("", "x"))) {
            assertThat(user.post("/vm", Map.of("template", "tiny", "labels", bad))
                            .statusCode())
                    .isEqualTo(400);
        }
        assertThat(marked(platform.newUser(), "env")).isEmpty();
    }

    private static List<String> marked(VmUser user, String label) {
        return TestApi.json(user.get("/vm?label=" + label))
                .valueStream()
                .map(vm -> vm.get("id").asString())
                .toList();
    }
}
