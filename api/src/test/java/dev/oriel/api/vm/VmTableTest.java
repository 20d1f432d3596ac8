package dev.oriel.api.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The words that SQL allows are those of the enums, neither more nor fewer. */
class VmTableTest {
    @Test
    void states_areThoseOfTheLifecycle() throws IOException {
        assertThat(checked("V2__vms", "state"))
                .containsExactlyElementsOf(
                        Arrays.stream(VmState.values()).map(VmState::word).toList());
    }

    @Test
    void goals_areThoseOfTheContractWithHosts() throws IOException {
        assertThat(checked("V2__vms", "desired"))
                .containsExactlyElementsOf(
                        Arrays.stream(VmGoal.values()).map(VmStore::word).toList());
    }

    @Test
    void unwatchedChoices_areThoseOfTheEnum() throws IOException {
        assertThat(checked("V2__vms", "when_unwatched"))
                .containsExactlyElementsOf(Arrays.stream(WhenUnwatched.values())
                        .map(WhenUnwatched::word)
                        .toList());
    }

    @Test
    void restartPolicies_areThoseOfTheEnum() throws IOException {
        assertThat(checked("V20__vm_restarts", "restart_policy"))
                .containsExactlyElementsOf(Arrays.stream(RestartPolicy.values())
                        .map(RestartPolicy::word)
                        .toList());
    }

    private static List<String> checked(String file, String column) throws IOException {
        try (InputStream stream = VmTableTest.class.getResourceAsStream("/db/migration/" + file + ".sql")) {
            String sql = new String(Objects.requireNonNull(stream).readAllBytes(), StandardCharsets.UTF_8);
            Matcher check = Pattern.compile("\\(" + column + " IN \\(([^)]*)\\)", Pattern.DOTALL)
                    .matcher(sql);
            assertThat(check.find()).as("CHECK on %s", column).isTrue();
            return Pattern.compile("'([a-z-]+)'")
                    .matcher(check.group(1))
                    .results()
                    .map(match -> match.group(1))
                    .toList();
        }
    }
}
