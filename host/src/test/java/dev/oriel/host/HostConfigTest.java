package dev.oriel.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.core.config.ConfigException;
import dev.oriel.core.config.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HostConfigTest {
    private static final Map<String, String> LEAST = Map.of(
            "oriel.host.secret", "0123456789abcdefghijklmnopqrstuv",
            "oriel.host.sockets", "/run/oriel/ab12cd34",
            "oriel.host.data", "/var/lib/oriel",
            "oriel.host.recipes", "/usr/share/oriel/images",
            "oriel.host.image-cache", "/var/cache/oriel");

    @Test
    void theLeastThatIsNeeded_givesTheDefaults_andAllKeysAreKnown() {
        Settings settings = new Settings(LEAST);
        HostConfig config = HostConfig.from(settings);
        settings.refuseUnknown();
        assertThat(config.name().value()).isEqualTo("local");
        assertThat(config.listen()).isEqualTo("127.0.0.1");
        assertThat(config.maxVms()).isEqualTo(64);
        assertThat(config.stopGrace()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.uidBase()).isEmpty();
        assertThat(config.toString()).doesNotContain(config.secret());
    }

    @Test
    void everyNeededSetting_isAskedFor_byName() {
        LEAST.keySet().forEach(missing -> {
            Map<String, String> rest = new HashMap<>(LEAST);
            rest.remove(missing);
            assertThatThrownBy(() -> HostConfig.from(new Settings(rest)))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining(missing);
        });
    }

    @Test
    void wrongValues_stopTheStart() {
        assertRefused("oriel.host.secret", "short");
        assertRefused("oriel.host.name", "Not A Label");
        assertRefused("oriel.host.port", "70000");
        assertRefused("oriel.host.max-vms", "0");
        assertRefused("oriel.host.sockets", "/" + "a".repeat(80));
        assertRefused("oriel.host.networks", "desktop=wide");
        assertRefused("oriel.host.networks", "desktop");
        assertRefused("oriel.host.egress", "allow everything");
    }

    @Test
    void aSimulatedHost_needsOnlySecretAndSockets() {
        HostConfig config = HostConfig.from(new Settings(Map.of(
                "oriel.host.secret", "0123456789abcdefghijklmnopqrstuv",
                "oriel.host.sockets", "/run/oriel/ab12cd34",
                "oriel.host.simulated", "true")));
        assertThat(config.simulated()).isTrue();
        assertThat(config.data()).isEqualTo(Path.of("/run/oriel/ab12cd34/data"));
    }

    private static void assertRefused(String key, String value) {
        Map<String, String> settings = new HashMap<>(LEAST);
        settings.put(key, value);
        assertThatThrownBy(() -> HostConfig.from(new Settings(settings)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(key);
    }
}
