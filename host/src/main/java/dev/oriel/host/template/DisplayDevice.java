package dev.oriel.host.template;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The guest's graphics card. */
public enum DisplayDevice {
    /** Standard VGA: works from BIOS on, in every guest. */
    @JsonProperty("std")
    STD,
    /** virtio-vga: VGA compatible too, quicker with a driver in the guest. */
    @JsonProperty("virtio")
    VIRTIO
}
