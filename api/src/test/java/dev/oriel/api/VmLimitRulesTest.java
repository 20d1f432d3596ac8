package dev.oriel.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.core.config.ConfigException;
import dev.oriel.core.config.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VmLimitRulesTest {
    @Test
    void templatesOwnEntry_goesBeforeTheGeneralOne() {
        VmLimitRules rules = rules("*:idle=2h;keep=30d, desktop:lifetime=8h;idle=30m");
        assertThat(rules.of("tiny").lifetime()).isEmpty();
        assertThat(rules.of("tiny").idle()).contains(Duration.ofHours(2));
        assertThat(rules.of("desktop").lifetime()).contains(Duration.ofHours(8));
        assertThat(rules.of("desktop").idle()).contains(Duration.ofMinutes(30));
        assertThat(rules.of("desktop").keep()).contains(Duration.ofDays(30));
        assertThat(new VmLimitRules(Map.of(), Duration.ZERO, Duration.ZERO)
                        .of("tiny")
                        .keep())
                .isEmpty();
    }

    @Test
    void nonsense_stopsTheStart_withTheSettingsName() {
        for (String text : List.of("idle=2h", "*:idle", "*:idle=2", "*:idle=0s", "*:sleep=2h", "*:idle=-1h")) {
            assertThatThrownBy(() -> rules(text))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("oriel.vm-limits");
        }
    }

    private static VmLimitRules rules(String text) {
        return VmLimitRules.from(new Settings(Map.of("oriel.vm-limits", text)));
    }
}
