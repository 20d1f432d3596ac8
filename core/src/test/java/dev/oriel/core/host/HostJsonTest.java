package dev.oriel.core.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.core.account.UserId;
import dev.oriel.core.json.OrielJson;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;

/** The JSON between API and hosts: what is written is read again, and nothing unknown slips in. */
class HostJsonTest {
    private static final VmId VM = VmId.of("00000000-0000-4000-8000-000000000001");
    private static final UserId OWNER = UserId.of("00000000-0000-4000-8000-000000000002");

    @Test
    void assignment_survivesTheWire() {
        VmSpec spec =
                new VmSpec(VM, OWNER, new TemplateName("tiny"), 2, Bytes.ofMiB(256), Bytes.ofGiB(1), Optional.empty());
        VmAssignment assignment = new VmAssignment(spec, VmGoal.RUNNING, false, 3);
        String json = OrielJson.mapper().writeValueAsString(assignment);
        assertThat(json)
                .contains(
                        "\"id\":\"00000000-0000-4000-8000-000000000001\"",
                        "\"goal\":\"running\"",
                        "\"memory\":268435456")
                .doesNotContain("iso", "restart", "userData", "firmware");
        assertThat(OrielJson.mapper().readValue(json, VmAssignment.class)).isEqualTo(assignment);
    }

    @Test
    void restartAndReset_surviveTheWire() {
        VmSpec spec =
                new VmSpec(VM, OWNER, new TemplateName("tiny"), 2, Bytes.ofMiB(256), Bytes.ofGiB(1), Optional.empty());
        VmAssignment assignment =
                new VmAssignment(spec, VmGoal.RUNNING, false, 9).after(Optional.of(7L), Optional.of(9L));
        String json = OrielJson.mapper().writeValueAsString(assignment);
        assertThat(OrielJson.mapper().readValue(json, VmAssignment.class)).isEqualTo(assignment);
        assertThat(assignment.wantsRestart(6)).isTrue();
        assertThat(assignment.wantsRestart(7)).isFalse();
        assertThat(assignment.wantsReset(8)).isTrue();
        assertThat(assignment.wantsReset(9)).isFalse();
    }

    @Test
    void changes_surviveTheWire() {
        VmObservation seen = new VmObservation(
                VM,
                4,
                VmPhase.RUNNING,
                true,
                Optional.empty(),
                Optional.of(96L),
                Optional.of(Instant.parse("2026-01-01T00:00:00Z")));
        VmChanges changes = new VmChanges(17, false, List.of(seen));
        String json = OrielJson.mapper().writeValueAsString(changes);
        assertThat(json).contains("\"2026-01-01T00:00:00Z\"");
        assertThat(OrielJson.mapper().readValue(json, VmChanges.class)).isEqualTo(changes);
    }

    @Test
    void unknownField_isRefused() {
        assertThatThrownBy(() -> OrielJson.mapper()
                        .readValue("{\"next\":1,\"complete\":true,\"vms\":[],\"extra\":1}", VmChanges.class))
                .isInstanceOf(JacksonException.class);
    }

    @Test
    void missingNumber_isRefused() {
        assertThatThrownBy(() -> OrielJson.mapper().readValue("{\"complete\":true,\"vms\":[]}", VmChanges.class))
                .isInstanceOf(JacksonException.class);
    }

    @Test
    void ids_areCanonicalOnly() {
        assertThatThrownBy(() -> VmId.of("1-1-1-1-1")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> VmId.of("00000000-0000-4000-8000-00000000000A"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TemplateName("../etc")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new HostName("a b")).isInstanceOf(IllegalArgumentException.class);
    }
}
