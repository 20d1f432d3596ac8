/** Oriel's app module: see ARCHITECTURE.md. */
@NullMarked
package dev.oriel.app;

import org.jspecify.annotations.NullMarked;
