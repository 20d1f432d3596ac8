/** Disks of VMs and images given by users, as files; and the one way to run a short-lived program such as qemu-img. */
@NullMarked
package dev.oriel.host.disk;

import org.jspecify.annotations.NullMarked;
