package dev.oriel.api.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.expiry.DeletedVms;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmState;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** VMs whose time is over. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VmExpiryIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    private final TestPlatform platform;

    VmExpiryIT() throws IOException {
        this.platform = new TestPlatform(Map.of("oriel.vm-limits", "tiny:lifetime=8s;keep=9s,blank:idle=7s"));
    }

    @AfterAll
    void close() throws IOException {
        platform.close();
    }

    @Test
    void vm_isStoppedThenDeleted_andSaysSoInAdvance() {
        VmUser user = platform.newUser();
        String id = user.createId();
        Instant started = Instant.parse(user.show(id).get("startedAt").asString());
        Awaitility.await("it says when it is stopped")
                .atMost(SOON)
                .until(() -> !user.show(id).get("expiresAt").isNull());
        JsonNode warned = user.show(id);
        assertThat(warned.get("expires").asString()).isEqualTo("stop");
        assertThat(Instant.parse(warned.get("expiresAt").asString())).isEqualTo(started.plusSeconds(8));
        user.awaitState(id, "stopped", SOON);
        assertThat(user.show(id).get("desired").asString()).isEqualTo("stopped");
        Awaitility.await("it says when it is deleted")
                .atMost(SOON)
                .until(() -> user.show(id).get("expires").asString("").equals("delete"));
        Awaitility.await("it is deleted")
                .atMost(SOON)
                .until(() -> user.get("/vm/" + id).statusCode() == 404);
        assertThat(platform.host.host().observe(VmId.of(id))).isEmpty();
    }

    @Test
    void vmThatNobodyWatches_isStopped() {
        VmUser user = platform.newUser();
        String id = user.create(Map.of("template", "blank")).get("id").asString();
        user.awaitState(id, "stopped", SOON);
        assertThat(user.post("/vm/" + id + "/start", Map.of()).statusCode()).isEqualTo(200);
    }

    @Test
    void vmThatIsStarted_atTheMomentOfItsDeletion_stays() {
        VmUser user = platform.newUser();
        Vms vms = platform.api.bean(Vms.class);
        Instant past = Instant.now().minusSeconds(1).truncatedTo(ChronoUnit.MILLIS); // as the database keeps it
        Vm.Expiry due = new Vm.Expiry(Optional.of(Vm.Fate.DELETE), Optional.of(past), Optional.empty());
        for (boolean started : new boolean[] {false, true}) {
            String id = user.create(Map.of("template", "blank")).get("id").asString();
            assertThat(user.post("/vm/" + id + "/stop", Map.of("force", true)).statusCode())
                    .isEqualTo(200);
            if (started) {
                vms.plan(VmId.of(id), VmState.STOPPED, due);
                assertThat(user.post("/vm/" + id + "/start", Map.of()).statusCode())
                        .isEqualTo(200);
                vms.plan(VmId.of(id), VmState.STOPPED, due); // seen before the start, written after it
                assertThat(vms.expire(VmId.of(id), due, Instant.now())).isEmpty();
                assertThat(user.show(id).get("state").asString()).isEqualTo("running");
            } else {
                vms.plan(VmId.of(id), VmState.STOPPED, due);
                assertThat(vms.expire(VmId.of(id), due, Instant.now())).isPresent();
            }
        }
    }

    @Test
    void rowsOfVmsDeletedLongAgo_go_butTheLastOneOfAHost() {
        VmUser user = platform.newUser();
        List<UUID> deleted = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String id = user.createId();
            assertThat(user.send("DELETE", "/vm/" + id, Map.of()).statusCode()).isEqualTo(204);
            deleted.add(UUID.fromString(id));
        }
        UUID alive = UUID.fromString(user.createId());
        JdbcClient sql = platform.api.bean(JdbcClient.class);
        DeletedVms pruning = platform.api.bean(DeletedVms.class);
        assertThat(pruning.prune()).isZero();

        age(sql, deleted.get(0), 60);
        age(sql, deleted.get(1), 31);
        age(sql, deleted.get(2), 29);
        age(sql, alive, 300); // it runs: its age says nothing
        assertThat(pruning.prune()).isEqualTo(2);

        assertThat(sql.sql("SELECT id FROM vm").query(UUID.class).list())
                .contains(deleted.get(2), alive)
                .doesNotContain(deleted.get(0), deleted.get(1));
    }

    private static void age(JdbcClient sql, UUID id, int days) {
        int rows = sql.sql("UPDATE vm SET changed_at = now() - make_interval(days => :days) WHERE id = :id")
                .param("days", days)
                .param("id", id)
                .update();
        assertThat(rows).isEqualTo(1);
    }
}
