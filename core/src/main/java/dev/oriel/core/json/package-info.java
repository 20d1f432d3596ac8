/** The one JSON mapper of everything that crosses a process. */
@NullMarked
package dev.oriel.core.json;

import org.jspecify.annotations.NullMarked;
