/** Units that live in types. */
@NullMarked
package dev.oriel.core.unit;

import org.jspecify.annotations.NullMarked;
