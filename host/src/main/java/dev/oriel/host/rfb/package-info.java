/** A tiny VNC client (RFB 3.8), just enough to know that a VM shows a picture. */
@NullMarked
package dev.oriel.host.rfb;

import org.jspecify.annotations.NullMarked;
