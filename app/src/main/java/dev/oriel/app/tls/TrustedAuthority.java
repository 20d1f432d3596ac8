package dev.oriel.app.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** TLS for clients that trust one certificate authority and no other: Oriel's own. */
public final class TrustedAuthority {
    private TrustedAuthority() {}

    /** A context that trusts just the certificate in the PEM file {@code ca}. */
    public static SSLContext context(Path ca) throws IOException, GeneralSecurityException {
        try (InputStream stream = Files.newInputStream(ca)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setCertificateEntry(
                    "oriel", CertificateFactory.getInstance("X.509").generateCertificate(stream));
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, factory.getTrustManagers(), null);
            return context;
        }
    }
}
