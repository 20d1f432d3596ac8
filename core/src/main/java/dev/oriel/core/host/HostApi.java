package dev.oriel.core.host;

import dev.oriel.core.error.OrielException;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmId;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The contract between the API service and the VM Manager of one host. The real host, the simulated host and the
 * HTTP client all implement it and pass the same contract tests. Idempotent and level-triggered: a lost answer is
 * cured by asking again. Implementations are thread-safe and may block (call them on virtual threads).
 *
 * <p>Failures are {@link OrielException}s: {@code HOST_UNREACHABLE} when the host does not answer in time,
 * {@code STALE_GENERATION} for an assignment older than one seen, {@code UNKNOWN_TEMPLATE}, {@code
 * TEMPLATE_NOT_READY}, {@code NO_CAPACITY}, {@code INSUFFICIENT_STORAGE}, {@code NOT_FOUND}. A VM that fails later
 * is no exception but an observation with phase {@code FAILED}.
 */
public interface HostApi {
    HostInfo info();

    /**
     * Makes the host work towards {@code assignment} and waits until it has settled, at most {@code wait} (zero:
     * answer at once with what is seen now; hosts cap it at 30 s). Work goes on when the wait ends early.
     */
    VmObservation ensure(VmAssignment assignment, Duration wait);

    /** What the host sees of {@code vm}; empty when it holds nothing of it. */
    Optional<VmObservation> observe(VmId vm);

    /**
     * Long poll: VMs whose observation changed after {@code since} (0: everything), waiting up to {@code wait} for
     * the first change.
     */
    VmChanges changes(long since, Duration wait);

    List<TemplateStatus> templates();

    /** The VM's screen now as PNG; {@code NOT_FOUND} when it has no process. */
    byte[] screenshot(VmId vm);

    /**
     * Puts a disc into the drive of a running VM, in place of what is in it; it is out again when the VM's process has
     * ended. {@code NOT_FOUND} when the host has to be given the image first; {@code STATE_CONFLICT} when the VM has no
     * process here.
     */
    void insertDisc(VmId vm, ImageDigest image);

    /** Takes the disc out, harmless when there is none; {@code STATE_CONFLICT} when the VM has no process here. */
    void ejectDisc(VmId vm);

    /** The disc in the drive; {@code STATE_CONFLICT} when the VM has no process here. */
    Optional<ImageDigest> disc(VmId vm);

    boolean hasImage(ImageDigest digest);

    /**
     * Makes the host work towards an imported template and answers how far it is. The image is judged again and
     * converted, both on the host; a failed import is tried again by asking after {@link #dropTemplate}.
     * {@code NOT_FOUND} when the host has to be given the source first; {@code STATE_CONFLICT} when it has another
     * template of this name.
     */
    TemplateStatus importTemplate(TemplateImport wish);

    /** Forgets an imported template, harmless when there is none; {@code STATE_CONFLICT} while a VM is made from it. */
    void dropTemplate(TemplateName name);

    /**
     * Has the host make this template instant now: one that could not be frozen is tried again, and when its guest never
     * comes to rest it is frozen as it is. Answers at once how far it is; harmless when it is instant. {@code
     * UNKNOWN_TEMPLATE}, {@code TEMPLATE_NOT_READY}; {@code STATE_CONFLICT} when its VMs start from an empty disk, or
     * the host freezes nothing.
     */
    TemplateStatus freezeTemplate(TemplateName name);

    /**
     * Gives the host an image (an ISO, or the source of a template). The host checks length and digest and keeps nothing when they are wrong
     * ({@code BAD_REQUEST}). Putting one it has is harmless.
     */
    void putImage(ImageDigest digest, Bytes size, InputStream content);

    /** Forgets an image; {@code STATE_CONFLICT} while a VM uses it. */
    void dropImage(ImageDigest digest);

    /**
     * Images on this host that nothing needs. The host removes them by itself when they have not been needed for a
     * while; looking removes none.
     */
    List<UnusedImage> unusedImages();

    /** Removes at once those whose time is up, instead of at the host's next look; answers what is gone. */
    List<UnusedImage> collectImages();

    /**
     * Keeps the disk of {@code vm} as it is now; it can be restored when this returns. Taking one that was taken before
     * gives that one. {@code NOT_FOUND} when the host has no such VM, {@code STATE_CONFLICT} when it neither runs nor
     * rests or has too many, {@code INSUFFICIENT_STORAGE}. Restoring is a wish like others: {@link
     * dev.oriel.core.vm.VmSpec#source}.
     *
     * @param live keep what the guest remembers too, of a VM that runs ({@code STATE_CONFLICT} of any other): a VM of
     *     the same hardware whose disk is taken from such a snapshot goes on from its moment instead of booting. The
     *     guest stands still for a moment
     */
    SnapshotStatus takeSnapshot(VmId vm, SnapshotId snapshot, boolean live);

    /** As {@link #takeSnapshot(VmId, SnapshotId, boolean)}, of the disk alone. */
    default SnapshotStatus takeSnapshot(VmId vm, SnapshotId snapshot) {
        return takeSnapshot(vm, snapshot, false);
    }

    /** Forgets a snapshot, and wins its space back in the background. Harmless when there is none. */
    void dropSnapshot(VmId vm, SnapshotId snapshot);

    /**
     * Copies the disk of {@code vm} at a snapshot into an image of its own; takes as long as that does. {@code
     * NOT_FOUND} when the host has no such VM or snapshot, {@code INSUFFICIENT_STORAGE}, {@code UNAVAILABLE} when it
     * cannot be read just now. The caller closes it.
     */
    SnapshotImage openSnapshot(VmId vm, SnapshotId snapshot);

    /** What the disk of {@code vm} takes, with its snapshots; {@code NOT_FOUND} when the host has no such VM. */
    DiskUsage disk(VmId vm);

    /** What the disks of all VMs on this host take. */
    List<DiskUsage> disks();
}
