package dev.oriel.app.up;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class RoleSettingsTest {
    private static final Map<String, String> ALL = Map.of(
            "oriel.host.secret", "h",
            "oriel.gateway.secret", "g",
            "oriel.api.access-key", "a",
            "oriel.public-url", "u",
            "ORIEL_HOST_MAX_VMS", "3");

    @Test
    void noRole_isToldAnotherOnesSecret() {
        assertThat(RoleSettings.of(RoleName.HOST, ALL)).containsOnlyKeys("oriel.host.secret", "ORIEL_HOST_MAX_VMS");
        assertThat(RoleSettings.of(RoleName.GATEWAY, ALL)).containsOnlyKeys("oriel.gateway.secret");
    }

    @Test
    void whatBelongsToNoRoleByName_isTheApis() {
        assertThat(RoleSettings.of(RoleName.API, ALL)).containsOnlyKeys("oriel.api.access-key", "oriel.public-url");
    }
}
