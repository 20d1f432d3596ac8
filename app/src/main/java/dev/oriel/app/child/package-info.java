/** Child processes: started, supervised, recorded and ended; none outlives its owner unseen. */
@NullMarked
package dev.oriel.app.child;

import org.jspecify.annotations.NullMarked;
