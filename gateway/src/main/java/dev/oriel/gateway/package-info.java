/** Oriel's gateway module: see ARCHITECTURE.md. */
@NullMarked
package dev.oriel.gateway;

import org.jspecify.annotations.NullMarked;
