package dev.oriel.api.ops;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Whether the two stores answer. */
@Configuration(proxyBeanMethods = false)
class StoreChecks {
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

    @Bean
    HealthCheck postgresCheck(JdbcClient sql) {
        return new Named(
                "postgres", () -> sql.sql("SELECT 1").query(Integer.class).single());
    }

    @Bean
    HealthCheck redisCheck(StringRedisTemplate redis) {
        return new Named("redis", () -> redis.execute((RedisCallback<String>) RedisConnection::ping));
    }
}
