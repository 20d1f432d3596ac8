/** The way of a wish from Postgres to a worker: outbox, Redis Stream, consumer group. Redis may lose everything here. */
@NullMarked
package dev.oriel.api.queue;

import org.jspecify.annotations.NullMarked;
