/** Tests of administration. */
@NullMarked
package dev.oriel.api.admin;

import org.jspecify.annotations.NullMarked;
