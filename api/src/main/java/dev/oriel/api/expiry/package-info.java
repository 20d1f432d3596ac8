/** VMs that may not run or stay for ever: when their time is over, and what is done then. */
@NullMarked
package dev.oriel.api.expiry;

import org.jspecify.annotations.NullMarked;
