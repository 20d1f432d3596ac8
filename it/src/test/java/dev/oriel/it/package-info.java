/** Black-box suites over the running product, and the rules of the house over its code. */
@NullMarked
package dev.oriel.it;

import org.jspecify.annotations.NullMarked;
