package dev.oriel.host.template;

import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import java.nio.file.Path;

/**
 * An immutable qcow2 that overlays stand on.
 *
 * @param file read-only, in {@code vms/base}; named by its digest
 * @param virtualSize of the disk the guest sees; an overlay is never smaller
 */
public record BaseImage(ImageDigest digest, Path file, Bytes virtualSize) {
    public BaseImage {
        if (!file.isAbsolute()) {
            throw new IllegalArgumentException("a base image has an absolute path");
        }
    }
}
