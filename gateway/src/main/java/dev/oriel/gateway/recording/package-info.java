/** Recordings of consoles: what a VNC server says, with times, kept in files as it came. */
@NullMarked
package dev.oriel.gateway.recording;

import org.jspecify.annotations.NullMarked;
