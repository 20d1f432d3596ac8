/** Active sessions (a user using a VM) in Redis, and the console tickets that belong to them. */
@NullMarked
package dev.oriel.api.session;

import org.jspecify.annotations.NullMarked;
