/** The VM Manager's own numbers in Prometheus text form: counters, gauges and histograms with help texts. */
@NullMarked
package dev.oriel.host.metrics;

import org.jspecify.annotations.NullMarked;
