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

    /** Whether {@code revocation} is about {@code ticket}. */
    public static boolean isAbout(Revocation revocation, ConsoleTicket ticket) {
        return id(ticket, revocation.scope()).equals(revocation.id()) && revocation.concerns(ticket.issuedAt());
    }

    /**
     * With what reason one of the keys' values withdraws the ticket, if one does. The API writes the {@link Revocation}
     * there, which tells why and which tickets; a key with anything else withdraws all the same.
     *
     * @param values in the order of {@link #of}
     */
    static Optional<ErrorCode> withdrawn(ConsoleTicket ticket, List<Optional<String>> values) {
        for (int i = 0; i < SCOPES.size(); i++) {
            Scope scope = SCOPES.get(i);
            Optional<ErrorCode> reason = values.get(i).flatMap(value -> reason(ticket, scope, value));
            if (reason.isPresent()) {
                return reason;
            }
        }
        return Optional.empty();
    }

    private static Optional<ErrorCode> reason(ConsoleTicket ticket, Scope scope, String value) {
        try {
            Revocation revocation = OrielJson.mapper().readValue(value, Revocation.class);
            return revocation.concerns(ticket.issuedAt()) ? Optional.of(revocation.why()) : Optional.empty();
        } catch (JacksonException e) {
            return Optional.of(
                    switch (scope) {
                        case LOGIN, USER -> ErrorCode.CONSOLE_REVOKED;
                        case SESSION -> ErrorCode.SESSION_ENDED;
                        case VM -> ErrorCode.VM_GONE;
                    });
        }
    }
}
