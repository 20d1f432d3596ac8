/** Recordings of VMs' screens: asked for by their owner or by a template's rule, kept by the host's gateway. */
@NullMarked
package dev.oriel.api.recording;

import org.jspecify.annotations.NullMarked;
