package dev.oriel.api;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.resource.Delay;
import java.time.Clock;
import java.time.Duration;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.data.redis.autoconfigure.ClientResourcesBuilderCustomizer;
import org.springframework.boot.data.redis.autoconfigure.LettuceClientOptionsBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.scheduling.annotation.EnableScheduling;

/** The Spring application: every feature package below this one brings its own beans. */
@SpringBootApplication(proxyBeanMethods = false)
@EnableScheduling
class ApiApplication {
    /** Injected wherever time is read, so that tests can hold it still. */
    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    /** A Redis that comes back is used again within a second, however long it was away. */
    @Bean
    ClientResourcesBuilderCustomizer reconnectSoon() {
        return resources -> resources.reconnectDelay(Delay.constant(Duration.ofMillis(500)));
    }

    /** While Redis is away, commands fail at once instead of waiting for it to come back. */
    @Bean
    LettuceClientOptionsBuilderCustomizer failFast() {
        return options -> options.disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS);
    }
}
