/**
 * A host without QEMU: the same contract as the real one, with scripted delays and faults, and consoles that show a
 * test card over real VNC sockets. The API, the pages and most tests run on it; it replaces mocks.
 */
@NullMarked
package dev.oriel.host.sim;

import org.jspecify.annotations.NullMarked;
