/** Tests of this feature. */
@NullMarked
package dev.oriel.api.limit;

import org.jspecify.annotations.NullMarked;
