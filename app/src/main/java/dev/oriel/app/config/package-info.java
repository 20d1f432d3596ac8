/** Settings from oriel.yaml and ORIEL_* variables. */
@NullMarked
package dev.oriel.app.config;

import org.jspecify.annotations.NullMarked;
