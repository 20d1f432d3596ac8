/** One role as a process of its own. */
@NullMarked
package dev.oriel.app.role;

import org.jspecify.annotations.NullMarked;
