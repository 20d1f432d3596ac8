/** The hosts as the API reaches them: VM Managers and console gateways over HTTP, and which of them answer. */
@NullMarked
package dev.oriel.api.host;

import org.jspecify.annotations.NullMarked;
