/** Pure tests of the package beside it. */
@NullMarked
package dev.oriel.gateway.frame;

import org.jspecify.annotations.NullMarked;
