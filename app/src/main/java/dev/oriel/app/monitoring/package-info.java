/** Prometheus and node exporter beside {@code up --metrics}. */
@NullMarked
package dev.oriel.app.monitoring;

import org.jspecify.annotations.NullMarked;
