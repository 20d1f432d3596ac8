/** Disk images as the product speaks of them: digest and format. */
@NullMarked
package dev.oriel.core.image;

import org.jspecify.annotations.NullMarked;
