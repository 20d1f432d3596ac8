/** The data directory: its layout, owners, lock, ports and secrets. */
@NullMarked
package dev.oriel.app.data;

import org.jspecify.annotations.NullMarked;
