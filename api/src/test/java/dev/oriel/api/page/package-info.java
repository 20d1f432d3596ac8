/** Tests of the pages: what their templates may hold, where they lead, and that the real API renders them. */
@NullMarked
package dev.oriel.api.page;

import org.jspecify.annotations.NullMarked;
