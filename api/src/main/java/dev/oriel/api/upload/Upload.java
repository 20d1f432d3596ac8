package dev.oriel.api.upload;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.oriel.core.account.UserId;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.unit.Bytes;
import java.time.Instant;
import java.util.Optional;

/**
 * An upload as its owner sees it.
 *
 * @param name what the owner called it: text for people, never part of a path
 * @param format empty for a plain file
 * @param disc digest of the disc image around it, once one was needed
 * @param virtualSize what an image's disk measures for a guest
 */
public record Upload(
        UploadId id,
        @JsonIgnore UserId owner,
        String name,
        Bytes size,
        ImageDigest sha256,
        UploadKind kind,
        Optional<ImageFormat> format,
        Optional<Bytes> virtualSize,
        String state,
        Instant createdAt,
        @JsonIgnore Optional<ImageDigest> disc) {}
