@NullMarked
package dev.oriel.api.team;

import org.jspecify.annotations.NullMarked;
