/** Ids of people and their logins. */
@NullMarked
package dev.oriel.core.account;

import org.jspecify.annotations.NullMarked;
