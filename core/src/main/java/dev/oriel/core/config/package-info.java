/** Typed settings: a flat, checked view of oriel.yaml and ORIEL_* variables. */
@NullMarked
package dev.oriel.core.config;

import org.jspecify.annotations.NullMarked;
