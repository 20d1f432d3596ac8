package dev.oriel.core.image.inspect;

import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.unit.Bytes;

/** What {@link ImageInspector} found. */
public sealed interface ImageVerdict {
    /**
     * The file is one whole image and refers to nothing outside itself.
     *
     * @param format to be recorded, and never probed again
     * @param virtualSize what a guest would see as the size of the disk or disc
     */
    record Accepted(ImageFormat format, Bytes virtualSize) implements ImageVerdict {}

    /** The file must not be used; {@code reason} is a sentence for its owner, without any text from the file. */
    record Refused(String reason) implements ImageVerdict {}
}
