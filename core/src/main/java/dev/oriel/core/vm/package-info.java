/** What a VM is: its id, spec, states and the one table of moves between them. */
@NullMarked
package dev.oriel.core.vm;

import org.jspecify.annotations.NullMarked;
