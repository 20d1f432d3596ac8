/** Everything on one machine in the foreground. */
@NullMarked
package dev.oriel.app.up;

import org.jspecify.annotations.NullMarked;
