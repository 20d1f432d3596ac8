package dev.oriel.core.console;

import dev.oriel.core.account.LoginId;
import java.time.Instant;
import java.util.Objects;

/**
 * Somebody without an account who opened a console by a share link.
 *
 * @param name what the visitor calls themselves, for the list of viewers; never trusted, never empty
 * @param until when the link ends, and with it every console opened by it
 */
public record Guest(ShareId share, String name, Instant until) {
    /** The longest name, in UTF-16 units. */
    public static final int MAX_NAME = 40;

    public Guest {
        Objects.requireNonNull(share);
        Objects.requireNonNull(until);
        if (name.isBlank() || name.length() > MAX_NAME) {
            throw new IllegalArgumentException("a guest's name has 1 to 40 characters");
        }
    }

    /** What stands in a ticket where other viewers have their login: revoking that closes the link's consoles. */
    public LoginId login() {
        return login(share);
    }

    /** The login that consoles of {@code share} belong to. */
    public static LoginId login(ShareId share) {
        return new LoginId(share.value());
    }
}
