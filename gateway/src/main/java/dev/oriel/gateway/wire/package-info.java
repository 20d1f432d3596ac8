/** Sockets of open consoles: non-blocking, registered with an event loop, without channels or pipelines. */
@NullMarked
package dev.oriel.gateway.wire;

import org.jspecify.annotations.NullMarked;
