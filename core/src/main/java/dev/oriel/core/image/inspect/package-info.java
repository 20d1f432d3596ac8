/**
 * Judges image files by their bytes alone, before any QEMU tool sees them: what format a file really has, and whether
 * everything in it stays inside it.
 */
@NullMarked
package dev.oriel.core.image.inspect;

import org.jspecify.annotations.NullMarked;
