/** Pure tests of the package beside it. */
@NullMarked
package dev.oriel.gateway.ticket;

import org.jspecify.annotations.NullMarked;
