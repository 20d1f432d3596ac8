package dev.oriel.core.host;

import dev.oriel.core.image.ImageDigest;

/** The disc for, or in, a running VM's drive, on the wire. */
public record DiscWish(ImageDigest image) {}
