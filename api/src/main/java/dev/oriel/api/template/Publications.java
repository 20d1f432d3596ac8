package dev.oriel.api.template;

import dev.oriel.api.account.Accounts;
import dev.oriel.api.account.Caller;
import dev.oriel.api.snapshot.Snapshots;
import dev.oriel.api.vm.SnapshotSource;
import dev.oriel.api.vm.TemplateCatalog;
import dev.oriel.api.vm.Vm;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.SnapshotId;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;

/** Makes templates of the disks of people's own VMs: taken at once, copied in the background. Thread-safe. */
@Component
class Publications {
    private static final String BUSY = "Another template of yours is just being made: wait for it.";

    private final PublicationStore store;
    private final Publisher publisher;
    private final Snapshots snapshots;
    private final Accounts accounts;

    Publications(PublicationStore store, Publisher publisher, Snapshots snapshots, Accounts accounts) {
        this.store = store;
        this.publisher = publisher;
        this.snapshots = snapshots;
        this.accounts = accounts;
    }

    /** Begins; {@code body} is checked and names a VM or a snapshot. */
    TemplateCatalog.Listed begin(Caller caller, NewTemplate body, String shown, boolean isPublic) {
        UserId owner = caller.id();
        if (store.isBusy(owner)) {
            throw new OrielException(ErrorCode.STATE_CONFLICT, BUSY);
        }
        UUID id = UUID.randomUUID();
        SnapshotSource.Kept kept = body.snapshot() == null ? taken(owner, body, id) : find(owner, body.snapshot());
        Publication wanted = wanted(id, owner, body, shown, isPublic, kept);
        try {
            requireRoom(owner, kept.vm().diskUsed().orElse(new Bytes(0)));
            store.insert(wanted);
        } catch (OrielException e) {
            giveUp(wanted);
            throw e;
        } catch (DuplicateKeyException e) {
            giveUp(wanted);
            throw new OrielException(ErrorCode.STATE_CONFLICT, BUSY, e);
        }
        publisher.wake();
        return listed(wanted);
    }

    private void giveUp(Publication publication) {
        if (publication.ownSnapshot()) {
            snapshots.discard(publication.owner(), publication.snapshot());
        }
    }

    private static Publication wanted(
            UUID id, UserId owner, NewTemplate body, String shown, boolean isPublic, SnapshotSource.Kept kept) {
        Vm vm = kept.vm();
        return new Publication(
                id,
                owner,
                shown,
                isPublic,
                body.title() == null ? shown : body.title(),
                body.description() == null ? "" : body.description(),
                body.cpus() == null ? vm.cpus() : body.cpus(),
                body.memoryMiB() == null ? vm.memory() : Bytes.ofMiB(body.memoryMiB()),
                vm.disk(),
                kept.snapshot(),
                body.snapshot() == null,
                Publication.State.WANTED,
                Optional.empty());
    }

    /** What is under way, or has failed. */
    List<TemplateCatalog.Listed> visible(UserId owner) {
        return store.visible(owner).stream().map(Publications::listed).toList();
    }

    /** Gives up those of this name; whether there were any. */
    boolean cancel(UserId owner, String shown) {
        boolean any = store.cancel(owner, shown);
        publisher.wake();
        return any;
    }

    private SnapshotSource.Kept taken(UserId owner, NewTemplate body, UUID id) {
        String name = "template-" + id.toString().substring(0, 8);
        return find(
                owner,
                snapshots
                        .take(owner, Objects.requireNonNull(body.vm()), Optional.of(name), false)
                        .id());
    }

    private SnapshotSource.Kept find(UserId owner, SnapshotId snapshot) {
        return snapshots
                .find(owner, snapshot.toString())
                .orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "There is no such snapshot."));
    }

    private void requireRoom(UserId owner, Bytes copy) {
        long quota = accounts.quota(owner).diskBytes();
        if (accounts.usage(owner).diskBytes() + copy.value() > quota) {
            throw new OrielException(ErrorCode.QUOTA_EXCEEDED, "You may have " + quota + " bytes of disk.");
        }
    }

    private static TemplateCatalog.Listed listed(Publication publication) {
        return new TemplateCatalog.Listed(
                publication.name(),
                publication.isPublic() ? "public" : "private",
                1,
                publication.title(),
                publication.description(),
                publication.cpus(),
                publication.memory(),
                publication.disk(),
                Optional.of(new TemplateCatalog.Doing(
                        publication.failure().orElse("the disk is being copied"),
                        publication.failure().isPresent())));
    }
}
