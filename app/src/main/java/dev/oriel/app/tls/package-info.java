/** The self-signed authority and certificate of the front door. */
@NullMarked
package dev.oriel.app.tls;

import org.jspecify.annotations.NullMarked;
