/**
 * QEMU's machine protocol: one JSON message per line over a unix socket. A QEMU process may be silent, stopped or taken
 * over by its guest, so nothing here trusts it: lines are bounded, every call has a deadline, and the first thing that
 * is not QMP ends the connection and everything that waits on it.
 */
@NullMarked
package dev.oriel.host.qmp;

import org.jspecify.annotations.NullMarked;
