package dev.oriel.core.vm;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What starts a VM's guest. A VM keeps the one that it was made with. */
public enum Firmware {
    @JsonProperty("bios")
    BIOS,
    @JsonProperty("uefi")
    UEFI
}
