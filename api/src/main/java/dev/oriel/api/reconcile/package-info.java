/** Brings what is desired and what hosts see together, level by level, whatever got lost on the way. */
@NullMarked
package dev.oriel.api.reconcile;

import org.jspecify.annotations.NullMarked;
