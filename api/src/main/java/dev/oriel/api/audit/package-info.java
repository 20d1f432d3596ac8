/** The record of acts that matter for security. */
@NullMarked
package dev.oriel.api.audit;

import org.jspecify.annotations.NullMarked;
