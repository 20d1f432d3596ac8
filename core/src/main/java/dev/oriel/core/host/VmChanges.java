package dev.oriel.core.host;

import java.util.List;

/**
 * An answer to {@link HostApi#changes}.
 *
 * @param next pass this as {@code since} next time
 * @param complete true: {@code vms} is everything the host has (first call, or {@code since} is from before its
 *     restart), so a VM not listed is not there; false: only what changed
 */
public record VmChanges(long next, boolean complete, List<VmObservation> vms) {
    public VmChanges {
        vms = List.copyOf(vms);
    }
}
