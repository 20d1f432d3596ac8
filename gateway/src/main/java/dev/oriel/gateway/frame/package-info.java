/** WebSocket frames (RFC 6455) without frame objects: an incremental parser for what viewers send, headers for what they get. */
@NullMarked
package dev.oriel.gateway.frame;

import org.jspecify.annotations.NullMarked;
