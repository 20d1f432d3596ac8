/** Tests of this feature. */
@NullMarked
package dev.oriel.api.ops;

import org.jspecify.annotations.NullMarked;
