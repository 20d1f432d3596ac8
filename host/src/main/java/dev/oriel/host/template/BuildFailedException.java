package dev.oriel.host.template;

import java.io.IOException;

/** An image build did not work; the message says why and may be shown to users. */
final class BuildFailedException extends IOException {
    private static final long serialVersionUID = 1L;

    BuildFailedException(String message) {
        super(message);
    }
}
