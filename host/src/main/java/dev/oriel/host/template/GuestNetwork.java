package dev.oriel.host.template;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What network a template's guests get. */
public enum GuestNetwork {
    /** No network card at all. */
    @JsonProperty("none")
    NONE,
    /** A card and an address, but nothing behind it: neither the host nor the world. */
    @JsonProperty("restricted")
    RESTRICTED,
    /** Out to the world, never to the host or its networks. */
    @JsonProperty("egress")
    EGRESS
}
