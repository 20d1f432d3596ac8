package dev.oriel.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.core.config.ConfigException;
import dev.oriel.core.config.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsFilesTest {
    @TempDir
    Path directory;

    @Test
    void nestedMapsFlatKeysAndLists_becomeFlatKeys() throws IOException {
        assertThat(yaml("""
                        oriel:
                          host:
                            max-vms: 3
                          origins: [https://a.example, https://b.example]
                        oriel.registration: closed
                        """))
                .containsOnly(
                        Map.entry("oriel.host.max-vms", "3"),
                        Map.entry("oriel.origins", "https://a.example,https://b.example"),
                        Map.entry("oriel.registration", "closed"));
    }

    @Test
    void emptyFile_isNoSettings_andAnythingElseIsRefused() throws IOException {
        assertThat(yaml("# nothing yet\n")).isEmpty();
        assertThatThrownBy(() -> yaml("just words")).isInstanceOf(ConfigException.class);
        assertThatThrownBy(() -> yaml("a: 1\na: 2\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("duplicate");
        assertThatThrownBy(() -> yaml("a: !!java.net.URL [\"http://x\"]")).isInstanceOf(ConfigException.class);
    }

    @Test
    void variables_goBeforeTheFile_andMisspeltOnesAreRefused() throws IOException {
        Map<String, String> environment = SettingsFiles.environment(
                Map.of("ORIEL_HOST_MAX_VMS", "5", "ORIEL_URL", "https://x", "PATH", "/bin", "ORIEL_HOST_MAX_VM", "1"));
        assertThat(environment).containsOnlyKeys("ORIEL_HOST_MAX_VMS", "ORIEL_HOST_MAX_VM");
        Settings settings = new Settings(yaml("oriel.host.max-vms: 3"), environment);
        assertThat(settings.integer("oriel.host.max-vms", 64)).isEqualTo(5);
        assertThatThrownBy(settings::refuseUnknown).hasMessageContaining("did you mean ORIEL_HOST_MAX_VMS?");
    }

    @Test
    void whatIsWritten_isReadBack() throws IOException {
        Map<String, String> settings = Map.of("oriel.a", "1", "oriel.b", "kid=YWJj+/=", "oriel.c", "yes: no\n#");
        assertThat(yaml(SettingsFiles.toYaml(settings))).isEqualTo(settings);
    }

    private Map<String, String> yaml(String text) throws IOException {
        Path file = directory.resolve("oriel.yaml");
        Files.writeString(file, text);
        return SettingsFiles.yaml(file);
    }
}
