/** The API under attack: tests generated from its own description, so that new routes are covered by themselves. */
@NullMarked
package dev.oriel.api.attack;

import org.jspecify.annotations.NullMarked;
