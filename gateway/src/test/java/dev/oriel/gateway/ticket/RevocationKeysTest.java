package dev.oriel.gateway.ticket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.core.account.LoginId;
import dev.oriel.core.account.UserId;
import dev.oriel.core.console.ConsolePermission;
import dev.oriel.core.console.ConsoleTicket;
import dev.oriel.core.console.Revocation;
import dev.oriel.core.console.SessionId;
import dev.oriel.core.console.TicketId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.host.HostName;
import dev.oriel.core.json.OrielJson;
import dev.oriel.core.vm.VmId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RevocationKeysTest {
    private static final Instant ISSUED = Instant.parse("2026-01-02T03:04:05.678Z");
    private static final ConsoleTicket TICKET = new ConsoleTicket(
            TicketId.random(),
            new HostName("local"),
            VmId.random(),
            UserId.random(),
            LoginId.random(),
            SessionId.random(),
            ConsolePermission.DRIVE,
            ISSUED,
            ISSUED.plusSeconds(30));

    @Test
    void keys_areThoseOfLoginSessionUserAndVm() {
        assertThat(RevocationKeys.of(TICKET))
                .containsExactly(
                        "oriel:revoked:login:" + TICKET.login(),
                        "oriel:revoked:session:" + TICKET.session(),
                        "oriel:revoked:user:" + TICKET.user(),
                        "oriel:revoked:vm:" + TICKET.vm());
    }

    @Test
    void anyValue_withdraws() {
        assertThat(withdrawn(0, "1")).contains(ErrorCode.CONSOLE_REVOKED);
        assertThat(withdrawn(1, "session-ended")).contains(ErrorCode.SESSION_ENDED);
        assertThat(withdrawn(2, "")).contains(ErrorCode.CONSOLE_REVOKED);
        assertThat(withdrawn(3, "{}")).contains(ErrorCode.VM_GONE);
        assertThat(RevocationKeys.withdrawn(TICKET, java.util.Collections.nCopies(4, Optional.empty())))
                .isEmpty();
    }

    @Test
    void aRevocationAsValue_tellsWhy() {
        Revocation revocation =
                new Revocation(Revocation.Scope.USER, TICKET.user().value(), ErrorCode.UNAUTHENTICATED);
        assertThat(withdrawn(2, OrielJson.mapper().writeValueAsString(revocation)))
                .contains(ErrorCode.UNAUTHENTICATED);
        // As it was written before it could be about older tickets alone.
        String former = "{\"scope\":\"user\",\"id\":\"" + TICKET.user() + "\",\"why\":\"SHARE_ENDED\"}";
        assertThat(withdrawn(2, former)).contains(ErrorCode.SHARE_ENDED);
    }

    @Test
    void aRevocationOfOlderTickets_leavesLaterOnesAlone() {
        for (long later : new long[] {-1, 0, 1}) {
            Revocation revocation = new Revocation(
                    Revocation.Scope.USER,
                    TICKET.user().value(),
                    ErrorCode.CONSOLE_REVOKED,
                    Optional.of(ISSUED.plusMillis(later)));
            assertThat(withdrawn(2, OrielJson.mapper().writeValueAsString(revocation))
                            .isPresent())
                    .isEqualTo(later > 0);
            assertThat(RevocationKeys.isAbout(revocation, TICKET)).isEqualTo(later > 0);
        }
    }

    private static Optional<ErrorCode> withdrawn(int scope, String value) {
        List<Optional<String>> values = new ArrayList<>(java.util.Collections.nCopies(4, Optional.<String>empty()));
        values.set(scope, Optional.of(value));
        return RevocationKeys.withdrawn(TICKET, values);
    }
}
