/**
 * Desktops in a tenth of a second: running guests are frozen once per hardware shape, and VMs start as private copies
 * of them. What is frozen never changes again; a VM that starts from it goes on from the very instant of the freeze.
 */
@NullMarked
package dev.oriel.host.instant;

import org.jspecify.annotations.NullMarked;
