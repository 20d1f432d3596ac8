/** Background work: loops on virtual threads with back-off, and the signals that wake them. */
@NullMarked
package dev.oriel.api.loop;

import org.jspecify.annotations.NullMarked;
