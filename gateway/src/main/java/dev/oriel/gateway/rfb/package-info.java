/** What a viewer may say to a VM's VNC server: an incremental filter of RFB 3.8 client messages. */
@NullMarked
package dev.oriel.gateway.rfb;

import org.jspecify.annotations.NullMarked;
