/** For operators: health, readiness, metrics and the API's own documentation page. */
@NullMarked
package dev.oriel.api.ops;

import org.jspecify.annotations.NullMarked;
