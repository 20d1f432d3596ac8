package dev.oriel.api.session;

import java.io.IOException;
import java.security.PrivateKey;
import java.util.function.UnaryOperator;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.util.PrivateKeyFactory;

/**
 * Ed25519 signatures (RFC 8032) by Bouncy Castle. Every answer that shows a running VM carries a ticket, and the JDK
 * takes fifteen times as long for its signature. Thread-safe.
 */
final class TicketSignature implements UnaryOperator<byte[]> {
    private final Ed25519PrivateKeyParameters key;

    /** @throws IllegalArgumentException when it is no Ed25519 key */
    TicketSignature(PrivateKey key) {
        try {
            this.key = (Ed25519PrivateKeyParameters) PrivateKeyFactory.createKey(key.getEncoded());
        } catch (IOException | ClassCastException e) {
            throw new IllegalArgumentException("not an Ed25519 private key", e);
        }
    }

    @Override
    public byte[] apply(byte[] message) {
        Ed25519Signer signer = new Ed25519Signer();
        signer.init(true, key);
        signer.update(message, 0, message.length);
        return signer.generateSignature();
    }
}
