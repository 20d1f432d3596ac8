/** The HTML pages: thin shells that Thymeleaf renders and the scripts of {@code web/} bring to life over the HTTP API. */
@NullMarked
package dev.oriel.api.page;

import org.jspecify.annotations.NullMarked;
