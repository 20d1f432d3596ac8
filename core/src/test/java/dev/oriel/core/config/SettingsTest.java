package dev.oriel.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsTest {
    @Test
    void unknownKey_stopsStartUp_withTheNearestKnownOne() {
        Settings settings = new Settings(Map.of("oriel.host.max-vm", "3"));
        settings.integer("oriel.host.max-vms", 64);
        settings.text("oriel.host.name", "local");
        assertThatThrownBy(settings::refuseUnknown)
                .isInstanceOf(ConfigException.class)
                .hasMessage("unknown setting oriel.host.max-vm; did you mean oriel.host.max-vms?");
    }

    @Test
    void variable_goesBeforeTheFile_andIsCheckedToo() {
        Settings settings = new Settings(
                Map.of("oriel.host.max-vms", "3"), Map.of("ORIEL_HOST_MAX_VMS", "5", "ORIEL_HOST_NAM", "x"));
        assertThat(settings.integer("oriel.host.max-vms", 64)).isEqualTo(5);
        settings.text("oriel.host.name", "local");
        assertThatThrownBy(settings::refuseUnknown)
                .hasMessage("unknown variable ORIEL_HOST_NAM; did you mean ORIEL_HOST_NAME?");
    }

    @Test
    void missingText_namesKeyAndVariable() {
        assertThatThrownBy(() -> new Settings(Map.of()).text("oriel.host.max-vms"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("oriel.host.max-vms")
                .hasMessageContaining("ORIEL_HOST_MAX_VMS");
    }

    @Test
    void secret_isRefused_whenMissingShortOrDull() {
        assertThatThrownBy(() -> secret("")).isInstanceOf(ConfigException.class);
        assertThatThrownBy(() -> secret("changeme")).isInstanceOf(ConfigException.class);
        assertThatThrownBy(() -> secret("a".repeat(64))).isInstanceOf(ConfigException.class);
        assertThat(secret("3f9c1b7ad2e84056a1c3e5f708192a3b")).hasSize(32);
    }

    @Test
    void duration_isReadInBothForms() {
        assertThat(duration("90s")).isEqualTo(Duration.ofSeconds(90));
        assertThat(duration("7d")).isEqualTo(Duration.ofDays(7));
        assertThat(duration("PT1M")).isEqualTo(Duration.ofMinutes(1));
        assertThatThrownBy(() -> duration("soon")).hasMessageContaining("'soon'");
    }

    @Test
    void list_isSplitAtCommas_andTrimmed() {
        assertThat(new Settings(Map.of("k", "a, b,,c ")).list("k")).containsExactly("a", "b", "c");
        assertThat(new Settings(Map.of()).list("k")).isEmpty();
    }

    @Test
    void badNumberAndFlag_nameTheKey() {
        Settings settings = new Settings(Map.of("n", "many", "f", "yes"));
        assertThatThrownBy(() -> settings.integer("n", 1)).hasMessage("setting n must be a whole number, not 'many'");
        assertThatThrownBy(() -> settings.flag("f", true)).hasMessageContaining("true or false");
    }

    private static String secret(String value) {
        return new Settings(Map.of("s", value)).secret("s");
    }

    private static Duration duration(String value) {
        return new Settings(Map.of("d", value)).duration("d", Duration.ZERO);
    }
}
