/** Webhooks: news of VMs sent to addresses of their owners, signed and tried again. */
@NullMarked
package dev.oriel.api.hook;

import org.jspecify.annotations.NullMarked;
