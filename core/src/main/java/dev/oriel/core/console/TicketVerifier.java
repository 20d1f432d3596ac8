package dev.oriel.core.console;

import dev.oriel.core.json.OrielJson;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Verifies console tickets offline in the gateway, with one or, during a rotation, two public keys. Thread-safe. */
public final class TicketVerifier {
    private static final int MAX_LENGTH = 2048;
    /** Clocks of API and gateway may differ by this much. */
    private static final Duration SKEW = Duration.ofSeconds(5);

    private final Map<String, PublicKey> keysByHeader = new HashMap<>();
    private final Clock clock;
    private final Optional<Provider> provider;

    public TicketVerifier(Map<String, PublicKey> keysById, Clock clock) {
        this(keysById, clock, Optional.empty());
    }

    /** {@code provider} does Ed25519 in place of the JDK's own, which takes twenty times as long as a native one. */
    public TicketVerifier(Map<String, PublicKey> keysById, Clock clock, Optional<Provider> provider) {
        keysById.forEach((id, key) -> keysByHeader.put(TicketSigner.header(id), key));
        this.clock = clock;
        this.provider = provider;
    }

    public TicketVerdict verify(String text) {
        if (text.length() > MAX_LENGTH) {
            return new TicketVerdict.Refused("malformed");
        }
        int first = text.indexOf('.');
        int last = text.lastIndexOf('.');
        if (first < 0 || last == first) {
            return new TicketVerdict.Refused("malformed");
        }
        PublicKey key = keysByHeader.get(text.substring(0, first));
        if (key == null) {
            return new TicketVerdict.Refused("unknown-key");
        }
        if (!signatureHolds(key, text.substring(0, last), text.substring(last + 1))) {
            return new TicketVerdict.Refused("bad-signature");
        }
        ConsoleTicket ticket = parse(text.substring(first + 1, last));
        return ticket == null ? new TicketVerdict.Refused("malformed") : checkTimes(ticket);
    }

    private TicketVerdict checkTimes(ConsoleTicket ticket) {
        Instant now = clock.instant();
        if (!now.isBefore(ticket.expiresAt())) {
            return new TicketVerdict.Refused("expired");
        }
        if (ticket.issuedAt().isAfter(now.plus(SKEW))) {
            return new TicketVerdict.Refused("not-yet");
        }
        return new TicketVerdict.Good(ticket);
    }

    private boolean signatureHolds(PublicKey key, String signed, String signatureText) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(signatureText);
            Signature signature = provider.isPresent()
                    ? Signature.getInstance("Ed25519", provider.get())
                    : Signature.getInstance("Ed25519");
            signature.initVerify(key);
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signature.verify(bytes);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return false;
        }
    }

    private static @Nullable ConsoleTicket parse(String payload) {
        try {
            return OrielJson.mapper().readValue(Base64.getUrlDecoder().decode(payload), ConsoleTicket.class);
        } catch (JacksonException | IllegalArgumentException e) {
            return null;
        }
    }
}
