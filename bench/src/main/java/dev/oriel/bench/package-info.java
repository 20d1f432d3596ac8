/** Side-by-side measurements: {@code ./oriel bench}. Build-only, no part of what is installed. */
@NullMarked
package dev.oriel.bench;

import org.jspecify.annotations.NullMarked;
