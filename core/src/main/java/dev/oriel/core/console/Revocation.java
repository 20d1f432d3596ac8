package dev.oriel.core.console;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.oriel.core.error.ErrorCode;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * Says that consoles must close: published by the API on the Redis channel {@link #CHANNEL} as JSON, and kept for
 * {@link ConsoleTicket#MAX_LIFETIME} and a little under {@link #key()} so that a ticket issued before is refused too.
 *
 * @param scope what {@code id} is the id of
 * @param why becomes the WebSocket close code
 * @param issuedBefore only tickets issued before this are meant; empty: all
 */
public record Revocation(Scope scope, UUID id, ErrorCode why, Optional<Instant> issuedBefore) {
    public static final String CHANNEL = "oriel:revocations";

    public Revocation {
        // JSON may leave a member out.
        Objects.requireNonNull(scope);
        Objects.requireNonNull(id);
        Objects.requireNonNull(why);
    }

    /** Means every ticket. */
    public Revocation(Scope scope, UUID id, ErrorCode why) {
        this(scope, id, why, Optional.empty());
    }

    /** Whether it is about a ticket of its {@link #id} that was issued at {@code moment}. */
    public boolean concerns(Instant moment) {
        return issuedBefore.map(moment::isBefore).orElse(true);
    }

    /** What a revocation cuts. */
    public enum Scope {
        @JsonProperty("login")
        LOGIN,
        @JsonProperty("session")
        SESSION,
        @JsonProperty("user")
        USER,
        @JsonProperty("vm")
        VM
    }

    /** The Redis key that stands while the revocation is fresh. */
    public String key() {
        return key(scope, id);
    }

    public static String key(Scope scope, UUID id) {
        return "oriel:revoked:" + scope.name().toLowerCase(java.util.Locale.ROOT) + ":" + id;
    }
}
