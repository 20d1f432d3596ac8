/** Snapshots of VMs' disks: made, listed as a tree, restored, deleted, and new VMs from them. */
@NullMarked
package dev.oriel.api.snapshot;

import org.jspecify.annotations.NullMarked;
