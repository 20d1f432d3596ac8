package dev.oriel.core.vm;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What is wanted of a VM: the "desired" side of reconciliation. */
public enum VmGoal {
    @JsonProperty("running")
    RUNNING,
    @JsonProperty("stopped")
    STOPPED,
    @JsonProperty("suspended")
    SUSPENDED,
    @JsonProperty("deleted")
    DELETED
}
