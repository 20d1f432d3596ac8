/** Tests of this feature. */
@NullMarked
package dev.oriel.api.auth;

import org.jspecify.annotations.NullMarked;
