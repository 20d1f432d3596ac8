@NullMarked
package dev.oriel.api.expiry;

import org.jspecify.annotations.NullMarked;
