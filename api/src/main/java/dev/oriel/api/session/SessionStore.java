package dev.oriel.api.session;

import dev.oriel.core.json.OrielJson;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.springframework.data.redis.core.HashOperations;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Repository;

/** Active sessions in Redis: one hash, a field per VM and user. May be lost as a whole at any time. */
@Repository
class SessionStore {
    private static final String SESSIONS = "oriel:sessions";
    private final HashOperations<String, String, String> hash;

    SessionStore(StringRedisTemplate redis) {
        this.hash = redis.opsForHash();
    }

    Optional<SessionRecord> find(SessionKey key) {
        return Optional.ofNullable(hash.get(SESSIONS, key.field())).map(SessionStore::read);
    }

    Map<SessionKey, SessionRecord> find(Collection<SessionKey> keys) {
        Map<SessionKey, SessionRecord> found = new HashMap<>();
        if (!keys.isEmpty()) {
            List<SessionKey> ordered = List.copyOf(keys);
            List<String> values = hash.multiGet(
                    SESSIONS, ordered.stream().map(SessionKey::field).toList());
            for (int i = 0; i < ordered.size(); i++) {
                String value = values.get(i);
                if (value != null) {
                    found.put(ordered.get(i), read(value));
                }
            }
        }
        return found;
    }

    /** Keeps {@code session} unless there is one; gives the one that is kept. */
    SessionRecord putIfAbsent(SessionRecord session) {
        SessionKey key = new SessionKey(session.vm(), session.user());
        hash.putIfAbsent(SESSIONS, key.field(), write(session));
        return find(key).orElse(session);
    }

    void put(SessionRecord session) {
        hash.put(SESSIONS, new SessionKey(session.vm(), session.user()).field(), write(session));
    }

    void put(Collection<SessionRecord> sessions) {
        if (!sessions.isEmpty()) {
            hash.putAll(
                    SESSIONS,
                    sessions.stream()
                            .collect(Collectors.toMap(
                                    session -> new SessionKey(session.vm(), session.user()).field(),
                                    SessionStore::write)));
        }
    }

    void remove(Collection<SessionKey> keys) {
        if (!keys.isEmpty()) {
            hash.delete(SESSIONS, keys.stream().map(SessionKey::field).toArray());
        }
    }

    private static String write(SessionRecord session) {
        return OrielJson.mapper().writeValueAsString(session);
    }

    private static SessionRecord read(String text) {
        return Objects.requireNonNull(OrielJson.mapper().readValue(text, SessionRecord.class));
    }
}
