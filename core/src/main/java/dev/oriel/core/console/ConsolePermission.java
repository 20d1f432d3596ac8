package dev.oriel.core.console;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a viewer may do on a console. */
public enum ConsolePermission {
    /** Look only: the gateway drops key, pointer and clipboard messages. */
    @JsonProperty("view")
    VIEW,
    @JsonProperty("drive")
    DRIVE
}
