package dev.oriel.api.session;

import dev.oriel.core.account.UserId;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmState;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** VMs that can have sessions, with their owners' names. */
@Repository
class LiveVmStore {
    private final JdbcClient jdbc;

    LiveVmStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** A VM with a process; {@code run} is the generation that it runs under. */
    record LiveVm(
            VmId id,
            UserId owner,
            String username,
            String template,
            VmState state,
            long run,
            Optional<Instant> startedAt) {}

    /** Those of {@code owner}, or everybody's. */
    List<LiveVm> find(Optional<UserId> owner) {
        return find(
                "(:filter::uuid IS NULL OR vm.owner_id = :filter)",
                owner.map(UserId::value).orElse(null));
    }

    /** Those of the account of this name or id. */
    List<LiveVm> findOf(String user) {
        return find("(account.id::text = :filter OR account.username_key = lower(:filter))", user);
    }

    private List<LiveVm> find(String condition, @Nullable Object filter) {
        return jdbc.sql(
                        "SELECT vm.id, vm.owner_id, account.username, vm.template, vm.state, vm.generation, vm.started_at"
                                + " FROM vm JOIN account ON account.id = vm.owner_id"
                                + " WHERE vm.state IN ('running', 'suspending', 'suspended', 'stopping', 'lost') AND "
                                + condition
                                + " ORDER BY vm.started_at, vm.id")
                .param("filter", filter)
                .query((row, number) -> new LiveVm(
                        new VmId(row.getObject(1, UUID.class)),
                        new UserId(row.getObject(2, UUID.class)),
                        row.getString(3),
                        row.getString(4),
                        VmState.of(row.getString(5)),
                        row.getLong(6),
                        Optional.ofNullable(row.getObject(7, OffsetDateTime.class))
                                .map(OffsetDateTime::toInstant)))
                .list();
    }
}
