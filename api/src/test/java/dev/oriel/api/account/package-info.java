/** Tests of this feature. */
@NullMarked
package dev.oriel.api.account;

import org.jspecify.annotations.NullMarked;
