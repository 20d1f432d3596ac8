package dev.oriel.api.vm;

import dev.oriel.core.vm.VmId;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The table {@code vm}, many rows at a time: what a host tells of all its VMs must not cost a commit for each. */
@Repository
class VmSightingStore {
    private final JdbcClient jdbc;

    VmSightingStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Of {@code ids}, those that have a row. */
    List<Vm> load(Collection<VmId> ids) {
        return jdbc.sql("SELECT * FROM vm WHERE id = ANY(:ids)")
                .param("ids", ids.stream().map(VmId::value).toArray(UUID[]::new))
                .query(VmStore::row)
                .list();
    }

    /** Writes state, reason and times of {@code seen} over the rows of the same revisions; gives those it has written. */
    List<Vm> write(List<Vm> seen) {
        return jdbc.sql("""
                        UPDATE vm SET state = now_seen.state, settled = now_seen.settled, reason = now_seen.reason,
                            boot_millis = now_seen.boot_millis, started_at = now_seen.started_at::timestamptz,
                            hooks = now_seen.hooks,
                            ended_at = CASE WHEN now_seen.state IN ('stopped', 'failed')
                                            THEN coalesce(ended_at, now()) END,
                            changed_at = now(), revision = vm.revision + 1
                        FROM unnest(:ids::uuid[], :revisions::bigint[], :states::text[], :settled::boolean[],
                                    :reasons::text[], :bootMillis::bigint[], :startedAt::text[],
                                    :hooks::text[])
                            AS now_seen (id, revision, state, settled, reason, boot_millis, started_at, hooks)
                        WHERE vm.id = now_seen.id AND vm.revision = now_seen.revision
                        """ + VmStore.LAZILY + " RETURNING vm.*")
                .param("ids", seen.stream().map(vm -> vm.id().value()).toArray(UUID[]::new))
                .param("revisions", seen.stream().map(Vm::revision).toArray(Long[]::new))
                .param("states", texts(seen, vm -> Optional.of(vm.state().word())))
                .param("settled", seen.stream().map(Vm::settled).toArray(Boolean[]::new))
                .param("reasons", texts(seen, vm -> vm.seen().reason()))
                .param(
                        "bootMillis",
                        seen.stream()
                                .map(vm -> vm.seen().bootMillis().orElse(null))
                                .toArray(Long[]::new))
                .param("startedAt", texts(seen, vm -> vm.seen().startedAt().map(VmSightingStore::text)))
                .param("hooks", texts(seen, vm -> vm.seen().hooks().map(VmStore::word)))
                .query(VmStore::row)
                .list();
    }

    private static String text(Instant instant) {
        return instant.toString();
    }

    private static @Nullable String[] texts(List<Vm> vms, Function<Vm, Optional<String>> field) {
        return vms.stream().map(vm -> field.apply(vm).orElse(null)).toArray(String[]::new);
    }
}
