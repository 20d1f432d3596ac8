package dev.oriel.core.vm;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a host sees of a VM: the "observed" side of reconciliation. */
public enum VmPhase {
    @JsonProperty("provisioning")
    PROVISIONING,
    @JsonProperty("starting")
    STARTING,
    @JsonProperty("running")
    RUNNING,
    @JsonProperty("suspending")
    SUSPENDING,
    @JsonProperty("suspended")
    SUSPENDED,
    @JsonProperty("stopping")
    STOPPING,
    /** No process, disk kept: after a stop, or because the guest powered itself off. */
    @JsonProperty("stopped")
    STOPPED,
    @JsonProperty("failed")
    FAILED,
    /** The host holds nothing of this VM any more: no process, disk, socket. */
    @JsonProperty("gone")
    GONE
}
