package dev.oriel.gateway.ticket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.core.account.LoginId;
import dev.oriel.core.account.UserId;
import dev.oriel.core.console.ConsolePermission;
import dev.oriel.core.console.ConsoleTicket;
import dev.oriel.core.console.SessionId;
import dev.oriel.core.console.TicketId;
import dev.oriel.core.console.TicketKeys;
import dev.oriel.core.console.TicketSigner;
import dev.oriel.core.console.TicketVerdict;
import dev.oriel.core.console.TicketVerifier;
import dev.oriel.core.host.HostName;
import dev.oriel.core.vm.VmId;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NativeSignaturesTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

    @Test
    void theNativeLibrary_isThere_andJudgesAsTheJdkDoes() {
        KeyPair keys = TicketKeys.generate();
        var keysById = Map.of("k1", keys.getPublic());
        TicketVerifier usual = new TicketVerifier(keysById, CLOCK);
        assertThat(NativeSignatures.load()).isPresent();
        TicketVerifier fast = new TicketVerifier(keysById, CLOCK, NativeSignatures.load());
        String good = new TicketSigner("k1", keys.getPrivate()).sign(ticket());
        assertThat(fast.verify(good)).isEqualTo(usual.verify(good)).isInstanceOf(TicketVerdict.Good.class);
        String foreign = new TicketSigner("k1", TicketKeys.generate().getPrivate()).sign(ticket());
        assertThat(fast.verify(foreign)).isEqualTo(new TicketVerdict.Refused("bad-signature"));
        Random random = new Random(5);
        for (int i = 0; i < 300; i++) {
            StringBuilder changed = new StringBuilder(good);
            int at = random.nextInt(good.length());
            if (random.nextBoolean()) {
                changed.setCharAt(at, "AZaz09-_.=".charAt(random.nextInt(10)));
            } else {
                changed.delete(at, Math.min(good.length(), at + 1 + random.nextInt(90)));
            }
            assertThat(fast.verify(changed.toString())).as("%s", changed).isEqualTo(usual.verify(changed.toString()));
        }
    }

    private static ConsoleTicket ticket() {
        return new ConsoleTicket(
                TicketId.random(),
                new HostName("local"),
                VmId.random(),
                UserId.random(),
                LoginId.random(),
                SessionId.random(),
                ConsolePermission.DRIVE,
                NOW,
                NOW.plusSeconds(30));
    }
}
