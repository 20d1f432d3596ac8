/** Oriel's host module: see ARCHITECTURE.md. */
@NullMarked
package dev.oriel.host;

import org.jspecify.annotations.NullMarked;
