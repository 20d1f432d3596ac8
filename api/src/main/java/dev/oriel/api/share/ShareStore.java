package dev.oriel.api.share;

import dev.oriel.api.account.RevocationSource;
import dev.oriel.core.account.UserId;
import dev.oriel.core.console.ConsolePermission;
import dev.oriel.core.console.Guest;
import dev.oriel.core.console.Revocation;
import dev.oriel.core.console.ShareId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.vm.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The tables of share links and their visitors. Thread-safe. */
@Repository
class ShareStore implements RevocationSource<ShareId> {
    private final JdbcClient jdbc;

    ShareStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Inserts a link unless its VM has {@code most} live ones; false then. */
    boolean insert(Share share, String tokenHash, int most) {
        return jdbc.sql("""
                        INSERT INTO share (id, vm_id, owner_id, token_hash, password_hash, mode, expires_at, max_uses,
                                           created_at)
                        SELECT :id, :vm, :owner, :token, :password, :mode, :expires, :maxUses, :created
                        WHERE (SELECT count(*) FROM share
                               WHERE vm_id = :vm AND revoked_at IS NULL AND expires_at > :created) < :most
                        """)
                        .param("id", share.id().value())
                        .param("vm", share.vm().value())
                        .param("owner", share.owner().value())
                        .param("token", tokenHash)
                        .param("password", share.passwordHash().orElse(null))
                        .param("mode", share.mode().name().toLowerCase(Locale.ROOT))
                        .param("expires", at(share.expiresAt()))
                        .param(
                                "maxUses",
                                share.maxUses().isPresent() ? share.maxUses().getAsInt() : null)
                        .param("created", at(share.createdAt()))
                        .param("most", most)
                        .update()
                > 0;
    }

    /** The live links of one of {@code owner}'s VMs, oldest first. */
    List<Share> live(UserId owner, VmId vm, Instant now) {
        return jdbc.sql("""
                        SELECT * FROM share
                        WHERE vm_id = :vm AND owner_id = :owner AND revoked_at IS NULL AND expires_at > :now
                        ORDER BY created_at, id
                        """)
                .param("vm", vm.value())
                .param("owner", owner.value())
                .param("now", at(now))
                .query(ShareStore::row)
                .list();
    }

    /** The live link with this token, to a VM that is there, of an owner who may still share it. */
    Optional<Share> find(String tokenHash, Instant now) {
        return jdbc.sql("""
                        SELECT share.* FROM share
                        JOIN vm ON vm.id = share.vm_id JOIN account ON account.id = share.owner_id
                        WHERE share.token_hash = :token AND share.revoked_at IS NULL AND share.expires_at > :now
                          AND vm.desired <> 'deleted' AND vm.owner_id = share.owner_id AND NOT account.disabled
                        """)
                .param("token", tokenHash)
                .param("now", at(now))
                .query(ShareStore::row)
                .optional();
    }

    /** Ends a link; false when there is no such live one. */
    boolean revoke(UserId owner, VmId vm, ShareId id, Instant now) {
        return jdbc.sql("""
                        UPDATE share SET revoked_at = :now
                        WHERE id = :id AND vm_id = :vm AND owner_id = :owner AND revoked_at IS NULL
                          AND expires_at > :now
                        """)
                        .param("now", at(now))
                        .param("id", id.value())
                        .param("vm", vm.value())
                        .param("owner", owner.value())
                        .update()
                > 0;
    }

    /** Counts one more visitor; false when the link has had as many as it may or has just ended. */
    boolean use(ShareId id, Instant now) {
        return jdbc.sql("""
                        UPDATE share SET uses = uses + 1
                        WHERE id = :id AND revoked_at IS NULL AND expires_at > :now
                          AND (max_uses IS NULL OR uses < max_uses)
                        """).param("id", id.value()).param("now", at(now)).update() > 0;
    }

    void addVisit(ShareId id, String keyHash, Instant now) {
        jdbc.sql("INSERT INTO share_visit (share_id, key_hash, created_at) VALUES (:id, :key, :now)")
                .param("id", id.value())
                .param("key", keyHash)
                .param("now", at(now))
                .update();
    }

    boolean isVisit(ShareId id, String keyHash) {
        return jdbc.sql("SELECT EXISTS (SELECT 1 FROM share_visit WHERE share_id = :id AND key_hash = :key)")
                .param("id", id.value())
                .param("key", keyHash)
                .query(Boolean.class)
                .single();
    }

    @Override
    public List<ShareId> unannounced(int limit) {
        return jdbc.sql("""
                        SELECT id FROM share WHERE revoked_at IS NOT NULL AND NOT announced
                        ORDER BY revoked_at LIMIT :limit
                        """)
                .param("limit", limit)
                .query((row, number) -> new ShareId(row.getObject("id", UUID.class)))
                .list();
    }

    /** Visitors of a link have one login in common. */
    @Override
    public Revocation revocation(ShareId id) {
        return new Revocation(Revocation.Scope.LOGIN, Guest.login(id).value(), ErrorCode.SHARE_ENDED);
    }

    @Override
    public void markAnnounced(ShareId id) {
        jdbc.sql("UPDATE share SET announced = true WHERE id = :id")
                .param("id", id.value())
                .update();
    }

    /** Visitors go with their link. */
    @Override
    public int deleteEnded(Instant before) {
        return jdbc.sql("DELETE FROM share WHERE expires_at < :before OR (revoked_at < :before AND announced)")
                .param("before", at(before))
                .update();
    }

    private static Share row(ResultSet row, int number) throws SQLException {
        int maxUses = row.getInt("max_uses");
        return new Share(
                new ShareId(row.getObject("id", UUID.class)),
                new VmId(row.getObject("vm_id", UUID.class)),
                new UserId(row.getObject("owner_id", UUID.class)),
                ConsolePermission.valueOf(row.getString("mode").toUpperCase(Locale.ROOT)),
                Optional.ofNullable(row.getString("password_hash")),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("expires_at", OffsetDateTime.class).toInstant(),
                maxUses == 0 ? OptionalInt.empty() : OptionalInt.of(maxUses),
                row.getInt("uses"));
    }

    private static OffsetDateTime at(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
