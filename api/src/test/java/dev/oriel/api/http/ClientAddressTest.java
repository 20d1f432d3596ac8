package dev.oriel.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class ClientAddressTest {
    private final ClientAddress addresses = ClientAddress.trusting(Set.of("127.0.0.1", "10.0.0.9"));

    @Test
    void forwardedFor_countsOnlyFromATrustedProxy() {
        assertThat(addresses.resolve("203.0.113.5", "1.2.3.4")).isEqualTo("203.0.113.5");
        assertThat(addresses.resolve("127.0.0.1", "1.2.3.4")).isEqualTo("1.2.3.4");
        assertThat(addresses.resolve("127.0.0.1", null)).isEqualTo("127.0.0.1");
    }

    @Test
    void whatTheClientWroteItself_isIgnored() {
        assertThat(addresses.resolve("127.0.0.1", "6.6.6.6, 1.2.3.4")).isEqualTo("1.2.3.4");
        assertThat(addresses.resolve("127.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.9")).isEqualTo("1.2.3.4");
        assertThat(addresses.resolve("127.0.0.1", "6.6.6.6, nonsense")).isEqualTo("127.0.0.1");
        assertThat(addresses.resolve("127.0.0.1", "")).isEqualTo("127.0.0.1");
    }

    @Test
    void ipv6Clients_countByTheirNetwork() {
        assertThat(ClientAddress.network("2001:db8:1:2:3:4:5:6")).isEqualTo("2001:db8:1:2::/64");
        assertThat(ClientAddress.network("2001:db8::7")).isEqualTo("2001:db8:0:0::/64");
        assertThat(ClientAddress.network("::1")).isEqualTo("0:0:0:0::/64");
        assertThat(ClientAddress.network("192.0.2.1")).isEqualTo("192.0.2.1");
    }
}
