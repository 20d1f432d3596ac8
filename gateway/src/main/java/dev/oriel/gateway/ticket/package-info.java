/** The gateway's two uses of Redis: using up a ticket, and hearing revocations. */
@NullMarked
package dev.oriel.gateway.ticket;

import org.jspecify.annotations.NullMarked;
