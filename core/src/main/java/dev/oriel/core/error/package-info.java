/** The one list of everything that can go wrong, as each protocol shows it. */
@NullMarked
package dev.oriel.core.error;

import org.jspecify.annotations.NullMarked;
