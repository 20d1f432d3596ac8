package dev.oriel.api.session;

import dev.oriel.core.account.UserId;
import dev.oriel.core.console.TicketId;
import dev.oriel.core.host.HostName;
import dev.oriel.core.vm.VmId;
import java.time.Duration;
import java.util.Collection;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The table {@code console_lease}. Thread-safe. */
@Repository
class ConsoleLeaseStore {
    private final JdbcClient jdbc;

    ConsoleLeaseStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    int count(UserId owner) {
        return jdbc.sql("SELECT count(*) FROM console_lease WHERE owner_id = :owner AND expires_at > now()")
                .param("owner", owner.value())
                .query(Integer.class)
                .single();
    }

    void insert(TicketId ticket, UserId owner, HostName host, Duration life) {
        jdbc.sql("""
                        INSERT INTO console_lease (ticket_id, owner_id, host, expires_at)
                        SELECT :ticket, :owner, :host, now() + make_interval(secs => :seconds)
                        -- A power cut that takes it takes the console, too.
                        WHERE set_config('synchronous_commit', 'off', true) <> ''
                        """)
                .param("ticket", ticket.value())
                .param("owner", owner.value())
                .param("host", host.value())
                .param("seconds", life.toSeconds())
                .update();
    }

    /** This console is open: it counts for {@code life} from now, for the owner of its VM. */
    void keep(TicketId ticket, VmId vm, HostName host, Duration life) {
        jdbc.sql("""
                        INSERT INTO console_lease (ticket_id, owner_id, host, open, expires_at)
                        SELECT :ticket, owner_id, :host, true, now() + make_interval(secs => :seconds)
                        FROM vm WHERE id = :vm
                        ON CONFLICT (ticket_id) DO UPDATE SET open = true, expires_at = excluded.expires_at
                        """)
                .param("ticket", ticket.value())
                .param("vm", vm.value())
                .param("host", host.value())
                .param("seconds", life.toSeconds())
                .update();
    }

    /** Forgets the consoles of a host that were open and are not among these. */
    void removeClosed(HostName host, Collection<TicketId> open) {
        jdbc.sql("DELETE FROM console_lease WHERE host = :host AND open AND ticket_id <> ALL (:tickets)")
                .param("host", host.value())
                .param("tickets", open.stream().map(TicketId::value).toArray(UUID[]::new))
                .update();
    }

    void removeExpired() {
        jdbc.sql("DELETE FROM console_lease WHERE expires_at < now()").update();
    }
}
