/** The console gateway beside websockify, haproxy and a small C proxy, on a mock VNC server. */
@NullMarked
package dev.oriel.bench.gateway;

import org.jspecify.annotations.NullMarked;
