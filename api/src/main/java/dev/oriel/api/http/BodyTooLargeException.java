package dev.oriel.api.http;

import java.io.IOException;

/** The client sent more than this request may have; seen while its body was read. */
final class BodyTooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    BodyTooLargeException(long limit) {
        super("The body may have at most " + limit + " bytes.");
    }
}
