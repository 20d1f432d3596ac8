/** Where log lines go. */
@NullMarked
package dev.oriel.app.log;

import org.jspecify.annotations.NullMarked;
