/** Teams: accounts that nobody signs in to, whose members act for them. */
@NullMarked
package dev.oriel.api.team;

import org.jspecify.annotations.NullMarked;
