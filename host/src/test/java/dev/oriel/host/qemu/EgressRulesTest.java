package dev.oriel.host.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EgressRulesTest {
    @Test
    void whatIsNeverReached_standsBeforeTheOperatorsRules_andTheseBeforeTheDefaults() throws Exception {
        EgressRules rules = EgressRules.of(List.of("allow 10.1.0.0/16 tcp 443", "deny  8.0.0.0/8 udp 1-99"));

        String commands = rules.commands(List.of(InetAddress.getByName("5.6.7.8"), InetAddress.getByName("fe80::1")));

        assertThat(commands.replaceAll("\\s+", " "))
                .contains("policy drop")
                .containsSubsequence(
                        "oifname \"lo\" goto refused",
                        "meta nfproto ipv6 goto refused",
                        "ip daddr 198.18.0.3 meta l4proto { tcp, udp } th dport 53 accept",
                        "169.254.0.0/16",
                        "ip daddr 5.6.7.8 goto refused",
                        "ip daddr 10.1.0.0/16 tcp dport 443 accept",
                        "ip daddr 8.0.0.0/8 udp dport 1-99 goto refused",
                        "10.0.0.0/8",
                        "tcp dport 25 goto refused",
                        "accept")
                .doesNotContain("fe80");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.0/8",
                "allow 10.0.0.0/33",
                "allow 10.0.0.256",
                "permit 10.0.0.0/8",
                "allow 10.0.0.0/8 tcp 0",
                "allow 10.0.0.0/8 tcp 70000",
                "allow 10.0.0.0/8 tcp 9-8",
                "allow example.org",
                "allow fd00::/8",
                "allow 10.0.0.0/8 accept; flush ruleset"
            })
    void whatIsNoRule_isRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> EgressRules.of(List.of(text)));
    }
}
