/** Files handed into running VMs as read-only discs, which every guest can open without an agent. */
@NullMarked
package dev.oriel.api.disc;

import org.jspecify.annotations.NullMarked;
