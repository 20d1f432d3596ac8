/** What works on this machine. */
@NullMarked
package dev.oriel.app.doctor;

import org.jspecify.annotations.NullMarked;
