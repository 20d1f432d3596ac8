package dev.oriel.api;

import java.time.Clock;
import org.springframework.boot.autoconfigure.SpringBootApplication;
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
}
