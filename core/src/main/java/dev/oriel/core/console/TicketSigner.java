package dev.oriel.core.console;

import dev.oriel.core.json.OrielJson;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.Base64;

/**
 * Signs console tickets in the API. The wire form is a compact JWS (RFC 7515) with one fixed algorithm, Ed25519 (RFC
 * 8037), so that gateways hold no secret and can forge nothing. All its characters are good in a WebSocket
 * subprotocol name. Thread-safe.
 */
public final class TicketSigner {
    static final String TYPE = "oriel-ticket+jwt";

    private final String keyId;
    private final PrivateKey key;

    /** {@code keyId} tells two keys apart during a rotation: letters, digits and dashes. */
    public TicketSigner(String keyId, PrivateKey key) {
        if (!keyId.matches("[A-Za-z0-9-]{1,32}")) {
            throw new IllegalArgumentException("a key id has 1 to 32 letters, digits or dashes");
        }
        this.keyId = keyId;
        this.key = key;
    }

    public String sign(ConsoleTicket ticket) {
        String signed = header(keyId) + "." + base64(OrielJson.mapper().writeValueAsBytes(ticket));
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(key);
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + base64(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the ticket key does not sign", e);
        }
    }

    /** The only header that is ever accepted for {@code keyId}: compared as text, never parsed. */
    static String header(String keyId) {
        String json = "{\"alg\":\"EdDSA\",\"typ\":\"" + TYPE + "\",\"kid\":\"" + keyId + "\"}";
        return base64(json.getBytes(StandardCharsets.US_ASCII));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
