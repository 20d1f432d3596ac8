package dev.oriel.api.ops;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;

/** Whether the two stores answer, and who is answered first. */
@Configuration(proxyBeanMethods = false)
class StoreChecks {
    private static final int ANSWER_SECONDS = 1;

    /** A part with a name and a question. */
    private record Named(String name, Question question) implements HealthCheck {
        @Override
        public void check() throws Exception {
            question.ask();
        }
    }

    private interface Question {
        void ask() throws Exception;
    }

    /** Whoever waits for a connection gets the next one. */
    @Bean
    static BeanPostProcessor fairConnections() {
        return new BeanPostProcessor() {
            @Override
            public Object postProcessAfterInitialization(Object bean, String name) {
                return bean instanceof HikariDataSource pool
                        ? new FairConnections(
                                pool, pool.getMaximumPoolSize(), Duration.ofMillis(pool.getConnectionTimeout()))
                        : bean;
            }
        };
    }

    @Bean
    HealthCheck postgresCheck(DataSource database) {
        return new Named("postgres", () -> askPostgres(database));
    }

    @Bean
    HealthCheck redisCheck(StringRedisTemplate redis) {
        return new Named("redis", () -> redis.execute((RedisCallback<String>) RedisConnection::ping));
    }

    private static void askPostgres(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection()) {
            if (!connection.isValid(ANSWER_SECONDS)) {
                throw new SQLException("no answer");
            }
        }
    }
}
