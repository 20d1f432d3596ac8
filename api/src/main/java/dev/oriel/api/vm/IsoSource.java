package dev.oriel.api.vm;

import dev.oriel.core.account.UserId;
import dev.oriel.core.image.ImageDigest;
import java.util.Optional;

/** Where VMs get the discs they boot from. Thread-safe. */
public interface IsoSource {
    /** The ISO that {@code owner} uploaded as {@code uploadId}; anything else of anybody is absent. */
    Optional<StoredIso> find(UserId owner, String uploadId);

    /** The stored bytes of this digest, whoever uploaded them: for hosts that do not have them yet. */
    Optional<StoredIso> find(ImageDigest digest);
}
