/** PostgreSQL as a child process on persistent data. */
@NullMarked
package dev.oriel.app.postgres;

import org.jspecify.annotations.NullMarked;
