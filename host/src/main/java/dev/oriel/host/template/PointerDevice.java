package dev.oriel.host.template;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How the guest hears the pointer; both give absolute positions, as a console needs. */
public enum PointerDevice {
    /** A virtio tablet: cheap when idle, needs a driver in the guest. */
    @JsonProperty("virtio")
    VIRTIO,
    /** A USB tablet: every guest knows it. */
    @JsonProperty("usb")
    USB
}
