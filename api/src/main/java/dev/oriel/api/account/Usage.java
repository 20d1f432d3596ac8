package dev.oriel.api.account;

/** What one account has now, in the units of {@link Quota}. JSON: plain numbers. */
public record Usage(int runningVms, int vcpus, int memoryMiB, long diskBytes) {
    public static final Usage NONE = new Usage(0, 0, 0, 0);

    public Usage plus(Usage other) {
        return new Usage(
                Math.addExact(runningVms, other.runningVms),
                Math.addExact(vcpus, other.vcpus),
                Math.addExact(memoryMiB, other.memoryMiB),
                Math.addExact(diskBytes, other.diskBytes));
    }
}
