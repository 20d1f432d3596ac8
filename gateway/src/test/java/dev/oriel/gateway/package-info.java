/** Tests of the gateway: codec and filter alone, then everything against a real Redis and a small VNC server. */
@NullMarked
package dev.oriel.gateway;

import org.jspecify.annotations.NullMarked;
