package dev.oriel.app.role;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.app.child.Children;
import dev.oriel.app.up.RoleName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SystemdUnitIT {
    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(RoleName.class)
    void unit_isAcceptedBySystemd_forEveryRole(RoleName role) throws IOException {
        String unit = Files.readString(Path.of("../deploy/systemd/oriel@.service"));
        assertThat(unit).contains("ExecStart=/opt/oriel/oriel %i");
        // The program is not installed where tests run.
        Path copy = directory.resolve("oriel@" + role.word() + ".service");
        Files.writeString(copy, unit.replace("/opt/oriel/oriel", "/bin/true"));
        try (Children tools = new Children(directory.resolve("records"))) {
            assertThat(tools.run(
                            "systemd-analyze",
                            Duration.ofSeconds(20),
                            List.of("systemd-analyze", "verify", "--man=no", copy.toString())))
                    .doesNotContain("oriel@" + role.word() + ".service:");
        }
    }
}
