package dev.oriel.gateway.ticket;

import dev.oriel.core.console.ConsoleTicket;
import dev.oriel.core.console.Revocation;
import dev.oriel.core.console.Revocation.Scope;
import dev.oriel.core.error.ErrorCode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The Redis keys that would withdraw what a ticket gives, and how to read them. */
public final class RevocationKeys {
    private static final List<Scope> SCOPES = List.of(Scope.LOGIN, Scope.SESSION, Scope.USER, Scope.VM);

    private RevocationKeys() {}

    /** What {@code ticket} has in a scope. */
    public static UUID id(ConsoleTicket ticket, Scope scope) {
        return switch (scope) {
            case LOGIN -> ticket.login().value();
            case SESSION -> ticket.session().value();
            case USER -> ticket.user().value();
            case VM -> ticket.vm().value();
        };
    }

    static String[] of(ConsoleTicket ticket) {
        return SCOPES.stream()
                .map(scope -> Revocation.key(scope, id(ticket, scope)))
                .toArray(String[]::new);
    }

    /**
     * Whether one of the keys' values withdraws the ticket, and with what reason. A value that is a number is the epoch
     * millisecond of the revocation: tickets issued after it stand (a VM may be stopped and started again within the
     * minute). Any other value withdraws every ticket.
     *
     * @param values in the order of {@link #of}
     */
    static Optional<ErrorCode> withdrawn(ConsoleTicket ticket, List<Optional<String>> values) {
        for (int i = 0; i < SCOPES.size(); i++) {
            String value = values.get(i).orElse(null);
            if (value != null && !isOlder(value, ticket.issuedAt())) {
                return Optional.of(reason(SCOPES.get(i)));
            }
        }
        return Optional.empty();
    }

    private static boolean isOlder(String value, @Nullable Instant issuedAt) {
        try {
            return issuedAt != null && Long.parseLong(value) > 1 && Long.parseLong(value) < issuedAt.toEpochMilli();
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private static ErrorCode reason(Scope scope) {
        return switch (scope) {
            case LOGIN, USER -> ErrorCode.CONSOLE_REVOKED;
            case SESSION -> ErrorCode.SESSION_ENDED;
            case VM -> ErrorCode.VM_GONE;
        };
    }
}
