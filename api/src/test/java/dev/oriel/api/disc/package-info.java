/** Tests of discs for running VMs. */
@NullMarked
package dev.oriel.api.disc;

import org.jspecify.annotations.NullMarked;
