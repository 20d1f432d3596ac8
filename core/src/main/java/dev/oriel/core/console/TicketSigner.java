package dev.oriel.core.console;

import dev.oriel.core.json.OrielJson;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.Base64;
import java.util.function.UnaryOperator;

/**
 * Signs console tickets in the API. The wire form is a compact JWS (RFC 7515) with one fixed algorithm, Ed25519 (RFC
 * 8037), so that gateways hold no secret and can forge nothing. All its characters are good in a WebSocket
 * subprotocol name. Thread-safe.
 */
public final class TicketSigner {
    static final String TYPE = "oriel-ticket+jwt";

    private final String keyId;
    private final UnaryOperator<byte[]> signature;

    /** {@code keyId} tells two keys apart during a rotation: letters, digits and dashes. */
    public TicketSigner(String keyId, PrivateKey key) {
        this(keyId, message -> signature(key, message));
    }

    /**
     * With another maker of the same signatures than the JDK.
     *
     * @param signature makes the Ed25519 signature (RFC 8032) of a message; thread-safe
     */
    public TicketSigner(String keyId, UnaryOperator<byte[]> signature) {
        if (!keyId.matches("[A-Za-z0-9-]{1,32}")) {
            throw new IllegalArgumentException("a key id has 1 to 32 letters, digits or dashes");
        }
        this.keyId = keyId;
        this.signature = signature;
    }

    public String sign(ConsoleTicket ticket) {
        String signed = header(keyId) + "." + base64(OrielJson.mapper().writeValueAsBytes(ticket));
        return signed + "." + base64(signature.apply(signed.getBytes(StandardCharsets.US_ASCII)));
    }

    private static byte[] signature(PrivateKey key, byte[] message) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(key);
            signature.update(message);
            return signature.sign();
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
