/** {@code ./oriel bench api}: what the API, its loops and its stores cost, measured on a whole Oriel. */
@NullMarked
package dev.oriel.bench.api;

import org.jspecify.annotations.NullMarked;
