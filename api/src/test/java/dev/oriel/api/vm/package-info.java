/** Tests of VMs, sessions and the queue: the whole API on simulated hosts. */
@NullMarked
package dev.oriel.api.vm;

import org.jspecify.annotations.NullMarked;
