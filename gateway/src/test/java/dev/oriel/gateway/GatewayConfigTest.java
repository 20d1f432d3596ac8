package dev.oriel.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.core.config.ConfigException;
import dev.oriel.core.config.Settings;
import dev.oriel.core.console.TicketKeys;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GatewayConfigTest {
    private static final String SECRET = "0123456789abcdefghijklmnopqrstuvwxyz";
    private static final String KEY = TicketKeys.encode(TicketKeys.generate().getPublic());

    @Test
    void settings_areRead() {
        GatewayConfig config = GatewayConfig.from(new Settings(good()));
        assertThat(config.hostName().value()).isEqualTo("local");
        assertThat(config.listen()).isEqualTo("127.0.0.1");
        assertThat(config.ticketKeys()).containsOnlyKeys("k1", "k2");
        assertThat(config.origins()).containsExactlyInAnyOrder("https://a.example", "https://b.example:8443");
        assertThat(config.toString()).doesNotContain(SECRET).doesNotContain("hunter2hunter2");
    }

    @ParameterizedTest
    @CsvSource({
        "oriel.gateway.secret, short",
        "oriel.gateway.port, 70000",
        "oriel.gateway.host-name, Not-Good",
        "oriel.gateway.ticket-keys, k1=AAAA",
        "oriel.gateway.ticket-keys, nothing",
        "oriel.gateway.sockets, /a/very/long/path/that/goes/on/and/on/and/on/until/no/unix/socket/fits/under/it"
    })
    void aWrongSetting_isNamed(String key, String value) {
        Map<String, String> settings = good();
        settings.put(key, value);
        assertThatThrownBy(() -> GatewayConfig.from(new Settings(settings)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(key);
    }

    private static Map<String, String> good() {
        return new HashMap<>(Map.of(
                "oriel.gateway.secret", SECRET,
                "oriel.gateway.sockets", "/run/oriel/ab12cd34",
                "oriel.gateway.redis-url", "redis://gateway:hunter2hunter2@127.0.0.1:6379",
                "oriel.gateway.ticket-keys", "k1=" + KEY + ",k2=" + KEY,
                "oriel.gateway.origins", "https://A.example/, https://b.example:8443"));
    }
}
