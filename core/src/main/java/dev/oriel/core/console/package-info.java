/** Console tickets, permissions and revocations: what API and gateway must agree on. */
@NullMarked
package dev.oriel.core.console;

import org.jspecify.annotations.NullMarked;
