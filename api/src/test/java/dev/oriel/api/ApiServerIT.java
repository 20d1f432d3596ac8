package dev.oriel.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

class ApiServerIT {
    @Test
    void start_migratesTheDatabase_andListensOnAFreePort() {
        try (TestApi api = ApiTestServers.startApi()) {
            assertThat(api.port()).isPositive();
            assertThat(api.get("/no-such-page").statusCode()).isGreaterThanOrEqualTo(400);
            assertThat(api.bean(JdbcClient.class)
                            .sql("SELECT count(*) FROM account")
                            .query(Integer.class)
                            .single())
                    .isNotNegative();
        }
    }
}
