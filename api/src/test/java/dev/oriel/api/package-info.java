/** Tests of the API: on real PostgreSQL and Redis servers, over real HTTP. */
@NullMarked
package dev.oriel.api;

import org.jspecify.annotations.NullMarked;
