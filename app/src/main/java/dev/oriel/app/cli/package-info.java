/** The user's commands over the HTTP API. */
@NullMarked
package dev.oriel.app.cli;

import org.jspecify.annotations.NullMarked;
