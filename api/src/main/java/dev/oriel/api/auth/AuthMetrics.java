package dev.oriel.api.auth;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.stereotype.Component;

/** What an operator wants to see of people signing in. Thread-safe. */
@Component
class AuthMetrics {
    private final Counter registrations;
    private final Counter logins;
    private final Counter refused;
    private final Counter stolen;

    AuthMetrics(MeterRegistry registry) {
        registrations = Counter.builder("oriel.registrations")
                .description("Accounts made by their owners")
                .register(registry);
        logins = login(registry, "accepted");
        refused = login(registry, "refused");
        stolen = Counter.builder("oriel.refresh.reuses")
                .description("Logins ended because an old refresh token came back: stolen, or a broken client")
                .register(registry);
    }

    private static Counter login(MeterRegistry registry, String outcome) {
        return Counter.builder("oriel.logins")
                .description("Tries to sign in with a password")
                .tag("outcome", outcome)
                .register(registry);
    }

    void registered() {
        registrations.increment();
    }

    void signedIn() {
        logins.increment();
    }

    void refused() {
        refused.increment();
    }

    void reused() {
        stolen.increment();
    }
}
