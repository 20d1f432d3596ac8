/** Tests of webhooks. */
@NullMarked
package dev.oriel.api.hook;

import org.jspecify.annotations.NullMarked;
