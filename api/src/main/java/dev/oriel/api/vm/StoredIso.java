package dev.oriel.api.vm;

import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import java.nio.file.Path;

/** An ISO in the store of uploads: its bytes never change under its digest. */
public record StoredIso(ImageDigest digest, Bytes size, Path file) {}
