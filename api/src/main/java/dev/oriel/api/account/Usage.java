package dev.oriel.api.account;

/** What one account has now, in the units of {@link Quota}. JSON: plain numbers. */
public record Usage(
        int runningVms,
        int vcpus,
        int memoryMiB,
        long diskBytes,
        int snapshots,
        int uploadFiles,
        long uploadBytes,
        int consoles) {
    public static final Usage NONE = new Usage(0, 0, 0, 0);

    /** Of VMs alone. */
    public Usage(int runningVms, int vcpus, int memoryMiB, long diskBytes) {
        this(runningVms, vcpus, memoryMiB, diskBytes, 0, 0, 0, 0);
    }

    /** Of snapshots, with the disk they take. */
    public static Usage ofSnapshots(int count, long diskBytes) {
        return new Usage(0, 0, 0, diskBytes, count, 0, 0, 0);
    }

    /** Of files. */
    public static Usage ofFiles(int count, long bytes) {
        return new Usage(0, 0, 0, 0, 0, count, bytes, 0);
    }

    /** Of open consoles. */
    public static Usage ofConsoles(int count) {
        return new Usage(0, 0, 0, 0, 0, 0, 0, count);
    }

    public Usage plus(Usage other) {
        return new Usage(
                Math.addExact(runningVms, other.runningVms),
                Math.addExact(vcpus, other.vcpus),
                Math.addExact(memoryMiB, other.memoryMiB),
                Math.addExact(diskBytes, other.diskBytes),
                Math.addExact(snapshots, other.snapshots),
                Math.addExact(uploadFiles, other.uploadFiles),
                Math.addExact(uploadBytes, other.uploadBytes),
                Math.addExact(consoles, other.consoles));
    }
}
