package dev.oriel.gateway.ticket;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.security.Provider;
import java.util.Optional;

/**
 * Ed25519 by AWS-LC: a twentieth of what the JDK's own takes, little enough for an event loop. Where its library does not
 * load (another processor, a temporary directory that nothing may be run from), the JDK's serves.
 */
public final class NativeSignatures {
    private static final System.Logger LOG = System.getLogger(NativeSignatures.class.getName());

    private NativeSignatures() {}

    /** Ready for use, or empty; loads a library at the first call. */
    public static Optional<Provider> load() {
        try {
            Provider provider = AmazonCorrettoCryptoProvider.INSTANCE;
            AmazonCorrettoCryptoProvider.INSTANCE.assertHealthy();
            if (provider.getService("Signature", "Ed25519") != null) {
                return Optional.of(provider);
            }
        } catch (RuntimeException | LinkageError e) {
            LOG.log(System.Logger.Level.INFO, "tickets are verified by the JDK, not natively: {0}", e.toString());
        }
        return Optional.empty();
    }
}
