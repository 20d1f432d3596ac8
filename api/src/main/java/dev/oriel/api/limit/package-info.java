/** How fast clients may go. */
@NullMarked
package dev.oriel.api.limit;

import org.jspecify.annotations.NullMarked;
