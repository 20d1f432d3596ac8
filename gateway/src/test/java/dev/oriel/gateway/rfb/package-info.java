/** Pure tests of the package beside it. */
@NullMarked
package dev.oriel.gateway.rfb;

import org.jspecify.annotations.NullMarked;
