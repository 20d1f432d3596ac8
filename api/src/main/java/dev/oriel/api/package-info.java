/** Oriel's api module: see ARCHITECTURE.md. */
@NullMarked
package dev.oriel.api;

import org.jspecify.annotations.NullMarked;
