/** Tests of metering. */
@NullMarked
package dev.oriel.api.usage;

import org.jspecify.annotations.NullMarked;
