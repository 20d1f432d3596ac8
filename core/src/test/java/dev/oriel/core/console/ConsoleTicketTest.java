package dev.oriel.core.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.core.account.LoginId;
import dev.oriel.core.account.UserId;
import dev.oriel.core.host.HostName;
import dev.oriel.core.vm.VmId;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ConsoleTicketTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final KeyPair KEYS = TicketKeys.generate();
    private static final TicketSigner SIGNER = new TicketSigner("k1", KEYS.getPrivate());

    @Test
    void goodTicket_isRead_asItWasWritten() {
        ConsoleTicket ticket = ticket();
        assertThat(at(NOW).verify(SIGNER.sign(ticket))).isEqualTo(new TicketVerdict.Good(ticket));
    }

    @Test
    void wireForm_isAWebSocketSubprotocolName() {
        assertThat("ticket." + SIGNER.sign(ticket())).matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    }

    @Test
    void ticket_isRefused_onceExpired() {
        String text = SIGNER.sign(ticket());
        assertThat(at(NOW.plusSeconds(29)).verify(text)).isInstanceOf(TicketVerdict.Good.class);
        assertThat(at(NOW.plusSeconds(30)).verify(text)).isEqualTo(new TicketVerdict.Refused("expired"));
    }

    @Test
    void ticket_isRefused_whenFromTheFuture() {
        assertThat(at(NOW.minusSeconds(6)).verify(SIGNER.sign(ticket())))
                .isEqualTo(new TicketVerdict.Refused("not-yet"));
    }

    @Test
    void ticket_isRefused_underAForeignKey() {
        TicketSigner foreign = new TicketSigner("k1", TicketKeys.generate().getPrivate());
        assertThat(at(NOW).verify(foreign.sign(ticket()))).isEqualTo(new TicketVerdict.Refused("bad-signature"));
        TicketSigner unknown = new TicketSigner("k9", KEYS.getPrivate());
        assertThat(at(NOW).verify(unknown.sign(ticket()))).isEqualTo(new TicketVerdict.Refused("unknown-key"));
    }

    @Test
    void header_isNeverParsed_soNoOtherAlgorithmIsAccepted() {
        String[] parts = SIGNER.sign(ticket()).split("\\.");
        for (String header : new String[] {
            "{\"alg\":\"none\"}",
            "{\"alg\":\"HS256\",\"typ\":\"oriel-ticket+jwt\",\"kid\":\"k1\"}",
            "{\"alg\":\"EdDSA\",\"typ\":\"oriel-ticket+jwt\",\"kid\":\"k1\",\"jwk\":{}}"
        }) {
            String forged =
                    Base64.getUrlEncoder().withoutPadding().encodeToString(header.getBytes(StandardCharsets.US_ASCII))
                            + "." + parts[1] + "." + parts[2];
            assertThat(at(NOW).verify(forged)).isEqualTo(new TicketVerdict.Refused("unknown-key"));
        }
    }

    @Test
    void anyFlippedCharacter_isRefused() {
        String text = SIGNER.sign(ticket());
        Random random = new Random(7);
        // The last character of a base64 block may hold unused bits, so it is left out.
        for (int i = 0; i < 200; i++) {
            int at = random.nextInt(text.length() - 1);
            char flipped = text.charAt(at) == 'A' ? 'B' : 'A';
            String forged = text.substring(0, at) + flipped + text.substring(at + 1);
            assertThat(at(NOW).verify(forged)).isInstanceOf(TicketVerdict.Refused.class);
        }
    }

    @Test
    void garbage_isRefused() {
        for (String garbage : new String[] {"", ".", "..", "a.b.c", "x".repeat(10_000), "é.é.é"}) {
            assertThat(at(NOW).verify(garbage)).isInstanceOf(TicketVerdict.Refused.class);
        }
    }

    @Test
    void rotation_acceptsBothKeys() {
        KeyPair next = TicketKeys.generate();
        TicketVerifier both = new TicketVerifier(
                Map.of("k1", KEYS.getPublic(), "k2", next.getPublic()), Clock.fixed(NOW, ZoneOffset.UTC));
        assertThat(both.verify(SIGNER.sign(ticket()))).isInstanceOf(TicketVerdict.Good.class);
        assertThat(both.verify(new TicketSigner("k2", next.getPrivate()).sign(ticket())))
                .isInstanceOf(TicketVerdict.Good.class);
    }

    @Test
    void keys_surviveTheirSettingsForm() {
        assertThat(TicketKeys.decodePrivate(TicketKeys.encode(KEYS.getPrivate())))
                .isEqualTo(KEYS.getPrivate());
        assertThat(TicketKeys.decodePublic(TicketKeys.encode(KEYS.getPublic()))).isEqualTo(KEYS.getPublic());
        assertThatThrownBy(() -> TicketKeys.decodePublic("AAAA")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void noTicket_livesLongerThan30Seconds() {
        assertThatThrownBy(() -> ticketFor(Duration.ofSeconds(31))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ticketFor(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void guestsTicket_isRead_asItWasWritten_andBelongsToItsShare() {
        Guest guest = new Guest(ShareId.random(), "Ann", NOW.plusSeconds(3600));
        ConsoleTicket plain = ticket();
        ConsoleTicket ticket = new ConsoleTicket(
                plain.id(),
                plain.host(),
                plain.vm(),
                plain.user(),
                guest.login(),
                plain.session(),
                ConsolePermission.VIEW,
                plain.issuedAt(),
                plain.expiresAt(),
                Optional.of(guest));
        assertThat(at(NOW).verify(SIGNER.sign(ticket))).isEqualTo(new TicketVerdict.Good(ticket));
        assertThatThrownBy(() -> new ConsoleTicket(
                        plain.id(),
                        plain.host(),
                        plain.vm(),
                        plain.user(),
                        plain.login(),
                        plain.session(),
                        ConsolePermission.VIEW,
                        plain.issuedAt(),
                        plain.expiresAt(),
                        Optional.of(guest)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static TicketVerifier at(Instant now) {
        return new TicketVerifier(Map.of("k1", KEYS.getPublic()), Clock.fixed(now, ZoneOffset.UTC));
    }

    private static ConsoleTicket ticket() {
        return ticketFor(Duration.ofSeconds(30));
    }

    private static ConsoleTicket ticketFor(Duration lifetime) {
        return new ConsoleTicket(
                TicketId.random(),
                new HostName("local"),
                VmId.random(),
                UserId.random(),
                LoginId.random(),
                SessionId.random(),
                ConsolePermission.DRIVE,
                NOW,
                NOW.plus(lifetime));
    }
}
