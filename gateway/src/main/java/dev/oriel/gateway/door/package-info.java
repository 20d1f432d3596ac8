/** What happens before the upgrade: routes, the WebSocket handshake, the steps that admit a viewer. */
@NullMarked
package dev.oriel.gateway.door;

import org.jspecify.annotations.NullMarked;
