/** Desktops measured the way a user meets them: API and gateway in the path. */
@NullMarked
package dev.oriel.bench.desktop;

import org.jspecify.annotations.NullMarked;
