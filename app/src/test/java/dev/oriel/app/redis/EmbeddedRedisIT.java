package dev.oriel.app.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.app.child.Children;
import dev.oriel.app.data.DataDirectory;
import dev.oriel.app.data.PortPlan;
import dev.oriel.app.data.TestPlace;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedRedisIT {
    @TempDir
    Path temporary;

    private DataDirectory data;
    private EmbeddedRedis redis;

    @BeforeEach
    void plan() throws IOException {
        data = TestPlace.open(temporary);
        int port = PortPlan.load(data.resolve("run/ports.json")).loopback("redis");
        redis = new EmbeddedRedis(
                data.resolve("redis"),
                data.log("redis"),
                port,
                new EmbeddedRedis.Passwords("for-the-admin", "for-the-api", "for-the-gateway"),
                TestPlace.user());
    }

    @AfterEach
    void close() {
        data.close();
    }

    @Test
    void nobodyGetsIn_withoutAPassword() throws IOException {
        try (Children children = started();
                RedisProbe probe = RedisProbe.connect(redis.port())) {
            assertThat(children).isNotNull();
            assertThat(probe.ask("GET", "oriel:x")).startsWith("-NOAUTH");
            assertThat(probe.ask("AUTH", "default", "")).startsWith("-WRONGPASS");
            assertThat(probe.ask("AUTH", "api", "for-the-gateway")).startsWith("-WRONGPASS");
        }
    }

    @Test
    void gateway_mayClaimTicketsAndHearRevocations_andNothingElse() throws IOException {
        try (Children children = started();
                RedisProbe gateway = RedisProbe.connect(redis.port())) {
            assertThat(children).isNotNull();
            assertThat(gateway.ask("AUTH", "gateway", "for-the-gateway")).isEqualTo("+OK");
            assertThat(gateway.ask("SET", "oriel:ticket:1", "1", "NX", "PX", "60000"))
                    .isEqualTo("+OK");
            assertThat(gateway.ask("SET", "oriel:ticket:1", "1", "NX", "PX", "60000"))
                    .isEqualTo("$-1");
            assertThat(gateway.ask("EXISTS", "oriel:revoked:vm:1")).isEqualTo(":0");
            for (String[] forbidden : new String[][] {
                {"GET", "oriel:session:1"},
                {"SET", "oriel:revoked:vm:1", "1"},
                {"SET", "other", "1"},
                {"DEL", "oriel:ticket:1"},
                {"KEYS", "*"},
                {"XADD", "oriel:work", "*", "a", "b"},
                {"PUBLISH", "oriel:revocations", "{}"},
                {"SUBSCRIBE", "oriel:nudges"},
                {"CONFIG", "GET", "*"},
                {"FLUSHALL"},
                {"ACL", "LIST"},
            }) {
                assertThat(gateway.ask(forbidden))
                        .as(String.join(" ", forbidden))
                        .startsWith("-NOPERM");
            }
            assertThat(gateway.ask("SUBSCRIBE", "oriel:revocations")).isEqualTo("*3");
        }
    }

    @Test
    void api_hasEverythingUnderOriel_butCannotRuleTheServer() throws IOException {
        try (Children children = started();
                RedisProbe api = RedisProbe.connect(redis.port())) {
            assertThat(children).isNotNull();
            assertThat(api.ask("AUTH", "api", "for-the-api")).isEqualTo("+OK");
            assertThat(api.ask("XADD", "oriel:work", "*", "a", "b")).contains("-0");
            assertThat(api.ask("SET", "other", "1")).startsWith("-");
            assertThat(api.ask("CONFIG", "SET", "dir", "/tmp")).startsWith("-NOPERM");
            assertThat(api.ask("FLUSHALL")).startsWith("-NOPERM");
            assertThat(api.ask("SHUTDOWN")).startsWith("-NOPERM");
        }
    }

    @Test
    void data_survivesARestart() throws IOException {
        try (Children children = started();
                RedisProbe api = RedisProbe.connect(redis.port())) {
            assertThat(children).isNotNull();
            api.ask("AUTH", "api", "for-the-api");
            assertThat(api.ask("INCRBY", "oriel:n", "41")).isEqualTo(":41");
        }
        try (Children children = started();
                RedisProbe api = RedisProbe.connect(redis.port())) {
            assertThat(children).isNotNull();
            api.ask("AUTH", "api", "for-the-api");
            assertThat(api.ask("INCR", "oriel:n")).isEqualTo(":42");
        }
    }

    private Children started() {
        Children children = new Children(data.resolve("run/child"));
        redis.start(children);
        return children;
    }
}
