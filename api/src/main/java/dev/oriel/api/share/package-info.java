/** Share links: one VM's console for people without an account. */
@NullMarked
package dev.oriel.api.share;

import org.jspecify.annotations.NullMarked;
