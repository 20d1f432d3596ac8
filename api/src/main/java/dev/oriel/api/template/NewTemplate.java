package dev.oriel.api.template;

import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmId;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /vm/templates}, not yet checked.
 *
 * @param upload id of one's own upload of kind {@code disk}; or
 * @param vm id of one's own VM, whose disk is taken as it is now; or
 * @param snapshot id of a snapshot of one's own VM
 * @param visibility {@code public} (administrators; their default) or {@code private}
 */
record NewTemplate(
        @Nullable String upload,
        @Nullable VmId vm,
        @Nullable SnapshotId snapshot,
        @Nullable String name,
        @Nullable String title,
        @Nullable String description,
        @Nullable Integer cpus,
        @Nullable Integer memoryMiB,
        @Nullable Visibility visibility) {}
