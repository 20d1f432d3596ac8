/** Ways of moving a console's bytes, each as small as it can be, to be measured side by side. */
@NullMarked
package dev.oriel.bench.path;

import org.jspecify.annotations.NullMarked;
