/** Redis as a child process on persistent data. */
@NullMarked
package dev.oriel.app.redis;

import org.jspecify.annotations.NullMarked;
