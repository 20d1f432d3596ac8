package dev.oriel.api.upload;

import dev.oriel.api.vm.IsoSource;
import dev.oriel.api.vm.StoredIso;
import dev.oriel.core.account.UserId;
import dev.oriel.core.image.ImageDigest;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Uploaded ISOs as the discs that VMs boot from. Thread-safe. */
@Component
class UploadedDiscs implements IsoSource {
    private static final String READY = "ready";

    private final Uploads uploads;
    private final UploadStore store;

    UploadedDiscs(Uploads uploads, UploadStore store) {
        this.uploads = uploads;
        this.store = store;
    }

    @Override
    public Optional<StoredIso> find(UserId owner, String uploadId) {
        return parsed(uploadId)
                .flatMap(id -> uploads.find(owner, id))
                .filter(upload ->
                        upload.kind() == UploadKind.ISO && upload.state().equals(READY))
                .map(this::stored);
    }

    @Override
    public Optional<StoredIso> find(ImageDigest digest) {
        return store.findDisc(digest).map(this::stored);
    }

    private StoredIso stored(Upload upload) {
        return new StoredIso(upload.sha256(), upload.size(), uploads.path(upload));
    }

    private static Optional<UploadId> parsed(String text) {
        try {
            return Optional.of(new UploadId(UUID.fromString(text)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
