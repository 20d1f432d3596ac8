/** The VM Manager's HTTP port: {@link dev.oriel.core.host.HostPaths} over a {@link dev.oriel.core.host.HostApi}. */
@NullMarked
package dev.oriel.host.http;

import org.jspecify.annotations.NullMarked;
