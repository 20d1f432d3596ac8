package dev.oriel.core.image;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Disk image formats the product knows. Recorded when an image arrives, never probed again. */
public enum ImageFormat {
    @JsonProperty("qcow2")
    QCOW2,
    @JsonProperty("raw")
    RAW,
    @JsonProperty("vmdk")
    VMDK,
    @JsonProperty("iso")
    ISO
}
