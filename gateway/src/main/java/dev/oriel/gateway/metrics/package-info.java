/** What the gateway counts, and the closed list of reasons for turning a viewer away. */
@NullMarked
package dev.oriel.gateway.metrics;

import org.jspecify.annotations.NullMarked;
