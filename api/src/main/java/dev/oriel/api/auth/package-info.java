/** Who is asking: passwords, tokens, cookies, logins, and the filters that turn a request into a caller. */
@NullMarked
package dev.oriel.api.auth;

import org.jspecify.annotations.NullMarked;
