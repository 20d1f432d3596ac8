package dev.oriel.api.account;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;

/**
 * What one account may have at a time. JSON: plain numbers, as in {@code GET /auth/me}.
 *
 * @param vcpus of running VMs, as is {@code memoryMiB}
 * @param diskBytes of all VMs and their snapshots
 * @param uploadBytes of all files, those on their way included
 * @param consoles open at the same time
 */
public record Quota(
        int runningVms,
        int vcpus,
        int memoryMiB,
        long diskBytes,
        int snapshots,
        int uploadFiles,
        long uploadBytes,
        int consoles) {

    /**
     * Stops here when {@code more} does not fit beside {@code used}. What is not asked for is not judged: whose quota
     * was lowered keeps what is there.
     *
     * @throws OrielException quota-exceeded, naming the limit
     */
    public void require(Usage used, Usage more) {
        refuse(used.runningVms(), more.runningVms(), runningVms, "running VMs");
        refuse(used.vcpus(), more.vcpus(), vcpus, "virtual CPUs of running VMs");
        refuse(used.memoryMiB(), more.memoryMiB(), memoryMiB, "MiB of memory of running VMs");
        refuse(used.diskBytes(), more.diskBytes(), diskBytes, "bytes of disk");
        refuse(used.snapshots(), more.snapshots(), snapshots, "snapshots");
        refuse(used.uploadFiles(), more.uploadFiles(), uploadFiles, "files");
        refuse(used.uploadBytes(), more.uploadBytes(), uploadBytes, "bytes of files");
        refuse(used.consoles(), more.consoles(), consoles, "open consoles");
    }

    private static void refuse(long used, long more, long limit, String what) {
        if (more > 0 && more > limit - used) {
            throw new OrielException(ErrorCode.QUOTA_EXCEEDED, "You may have " + limit + " " + what + ".");
        }
    }
}
