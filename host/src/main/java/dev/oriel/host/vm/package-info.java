/**
 * The real host. Each VM is owned by one {@link dev.oriel.host.vm.VmDriver}: one virtual thread that alone makes its
 * disk, starts, watches and ends its process. What must survive this process lies in the instance's directory; QEMU
 * itself survives anyway and is found again at the next start.
 */
@NullMarked
package dev.oriel.host.vm;

import org.jspecify.annotations.NullMarked;
