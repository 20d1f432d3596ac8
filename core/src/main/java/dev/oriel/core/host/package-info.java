/** The contract between the API service and a VM Manager, and its JSON form on the wire. */
@NullMarked
package dev.oriel.core.host;

import org.jspecify.annotations.NullMarked;
