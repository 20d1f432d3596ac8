/** Open consoles: the relay between a viewer's socket and a VNC socket, its limits and its end. */
@NullMarked
package dev.oriel.gateway.console;

import org.jspecify.annotations.NullMarked;
