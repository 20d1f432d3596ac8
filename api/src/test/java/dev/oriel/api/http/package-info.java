/** Tests of this feature. */
@NullMarked
package dev.oriel.api.http;

import org.jspecify.annotations.NullMarked;
