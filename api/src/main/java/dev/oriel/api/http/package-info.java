/** What all HTTP answers have in common: problems, request ids, security headers, the access log, body limits. */
@NullMarked
package dev.oriel.api.http;

import org.jspecify.annotations.NullMarked;
