/**
 * The console gateway: one per host, beside the VNC sockets. It checks a signed ticket, uses it up in Redis, and then
 * relays bytes between a browser's WebSocket and the VM's VNC unix socket. It keeps no state but its open consoles.
 * Everything about one console happens on one event loop: no locks in the relay.
 */
@NullMarked
package dev.oriel.gateway;

import org.jspecify.annotations.NullMarked;
