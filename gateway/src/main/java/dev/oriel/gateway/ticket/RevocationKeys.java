package dev.oriel.gateway.ticket;

import dev.oriel.core.console.ConsoleTicket;
import dev.oriel.core.console.Revocation;
import dev.oriel.core.console.Revocation.Scope;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.json.OrielJson;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.core.JacksonException;

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
     * With what reason one of the keys' values withdraws the ticket, if one does. A key that stands withdraws, whatever
     * it holds; the API writes the {@link Revocation} there, which tells why.
     *
     * @param values in the order of {@link #of}
     */
    static Optional<ErrorCode> withdrawn(List<Optional<String>> values) {
        for (int i = 0; i < SCOPES.size(); i++) {
            Optional<String> value = values.get(i);
            if (value.isPresent()) {
                return Optional.of(reason(SCOPES.get(i), value.get()));
            }
        }
        return Optional.empty();
    }

    private static ErrorCode reason(Scope scope, String value) {
        try {
            return OrielJson.mapper().readValue(value, Revocation.class).why();
        } catch (JacksonException e) {
            return switch (scope) {
                case LOGIN, USER -> ErrorCode.CONSOLE_REVOKED;
                case SESSION -> ErrorCode.SESSION_ENDED;
                case VM -> ErrorCode.VM_GONE;
            };
        }
    }
}
