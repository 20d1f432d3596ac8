package dev.oriel.api.snapshot;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.oriel.core.vm.SnapshotId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot in answers: a node of its VM's tree.
 *
 * @param parent the id of the one before it; null: the disk as it was made
 * @param size bytes that it takes
 * @param current whether the VM's disk has gone on from here
 * @param quiet whether no write was under way: the guest did not run, or its agent held its file systems still
 * @param live whether what the guest remembered is kept too
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
record SnapshotView(
        String id,
        String vm,
        String name,
        @Nullable String parent,
        Instant createdAt,
        long size,
        boolean current,
        boolean quiet,
        boolean live) {
    static SnapshotView of(Snapshot snapshot) {
        return new SnapshotView(
                snapshot.id().toString(),
                snapshot.vm().toString(),
                snapshot.name(),
                snapshot.parent().map(SnapshotId::toString).orElse(null),
                snapshot.createdAt(),
                snapshot.size().value(),
                snapshot.current(),
                snapshot.quiet(),
                snapshot.live());
    }
}
