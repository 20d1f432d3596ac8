/** Nginx as the front door. */
@NullMarked
package dev.oriel.app.front;

import org.jspecify.annotations.NullMarked;
