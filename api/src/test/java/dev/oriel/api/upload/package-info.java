/** Tests of uploads. */
@NullMarked
package dev.oriel.api.upload;

import org.jspecify.annotations.NullMarked;
