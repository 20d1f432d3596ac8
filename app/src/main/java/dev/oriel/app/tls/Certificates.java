package dev.oriel.app.tls;

import dev.oriel.app.data.SecretStore;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * This installation's own certificate authority and the front door's certificate, for as long as there is no real
 * one: {@code tls/ca.pem}, {@code tls/server.pem}, {@code tls/server.key}. The authority's key stays in
 * {@code keys/}. Not thread-safe.
 */
public final class Certificates {
    private static final Duration CA_LIFETIME = Duration.ofDays(3650);
    /** Browsers refuse longer ones. */
    private static final Duration SERVER_LIFETIME = Duration.ofDays(397);

    private static final Duration RENEW_BEFORE = Duration.ofDays(30);
    /** Clocks of other machines may be a little behind. */
    private static final Duration BACKDATE = Duration.ofHours(1);

    private static final String SIGNATURE = "SHA256withECDSA";

    private final Path tls;
    private final Path caKey;
    private final Clock clock;

    public Certificates(Path tls, Path keys, Clock clock) {
        this.tls = tls;
        this.caKey = keys.resolve("ca.key");
        this.clock = clock;
    }

    /**
     * Makes what is missing, renews what ends within 30 days or lacks a name.
     *
     * @return whether anything was made
     */
    public boolean ensure(ServerNames names) {
        try {
            X509Certificate ca = read(ca());
            boolean newCa = ca == null || endsSoon(ca) || !Files.exists(caKey);
            if (ca == null || newCa) {
                ca = makeAuthority();
            }
            X509Certificate server = read(certificate());
            if (newCa || server == null || endsSoon(server) || !covers(server, names) || !Files.exists(key())) {
                makeServer(ca, names);
                return true;
            }
            return false;
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException("this JDK makes no certificates", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The authority's certificate: what a client must trust. */
    public Path ca() {
        return tls.resolve("ca.pem");
    }

    /** The server's certificate followed by the authority's. */
    public Path certificate() {
        return tls.resolve("server.pem");
    }

    public Path key() {
        return tls.resolve("server.key");
    }

    private boolean endsSoon(X509Certificate certificate) {
        return certificate.getNotAfter().toInstant().isBefore(clock.instant().plus(RENEW_BEFORE));
    }

    private static boolean covers(X509Certificate certificate, ServerNames names) throws GeneralSecurityException {
        Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
        if (alternatives == null) {
            return false;
        }
        Set<String> held = new TreeSet<>();
        alternatives.forEach(entry -> held.add(normal(String.valueOf(entry.get(1)))));
        List<String> wanted = new ArrayList<>(names.dns());
        wanted.addAll(names.addresses());
        return wanted.stream().map(Certificates::normal).allMatch(held::contains);
    }

    private static String normal(String name) {
        return name.equals("::1") ? "0:0:0:0:0:0:0:1" : name;
    }

    private X509Certificate makeAuthority() throws GeneralSecurityException, OperatorCreationException, IOException {
        KeyPair pair = newPair();
        // A name of its own for each: browsers mix up authorities that share name and serial.
        X500Name name =
                new X500Name("CN=Oriel local authority " + serial().toString(16).substring(0, 8));
        X509v3CertificateBuilder builder = builder(name, name, pair.getPublic(), CA_LIFETIME);
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
        builder.addExtension(
                Extension.subjectKeyIdentifier,
                false,
                new JcaX509ExtensionUtils().createSubjectKeyIdentifier(pair.getPublic()));
        X509Certificate certificate = sign(builder, pair.getPrivate());
        SecretStore.writePrivate(caKey, pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
        write(ca(), pem("CERTIFICATE", certificate.getEncoded()));
        return certificate;
    }

    private void makeServer(X509Certificate ca, ServerNames names)
            throws GeneralSecurityException, OperatorCreationException, IOException {
        KeyPair pair = newPair();
        X509v3CertificateBuilder builder = builder(
                new X500Name(ca.getSubjectX500Principal().getName()),
                new X500Name("CN=" + names.dns().getLast()),
                pair.getPublic(),
                SERVER_LIFETIME);
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
        builder.addExtension(Extension.subjectAlternativeName, false, alternatives(names));
        builder.addExtension(
                Extension.authorityKeyIdentifier,
                false,
                new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(ca.getPublicKey()));
        X509Certificate certificate = sign(builder, readKey());
        SecretStore.writePrivate(key(), pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
        write(certificate(), pem("CERTIFICATE", certificate.getEncoded()) + pem("CERTIFICATE", ca.getEncoded()));
    }

    private X509v3CertificateBuilder builder(X500Name issuer, X500Name subject, PublicKey key, Duration lifetime) {
        Instant now = clock.instant();
        return new JcaX509v3CertificateBuilder(
                issuer,
                serial(),
                Date.from(now.minus(BACKDATE)),
                Date.from(now.plus(lifetime).minus(BACKDATE)),
                subject,
                key);
    }

    private static GeneralNames alternatives(ServerNames names) {
        List<GeneralName> all = new ArrayList<>();
        names.dns().forEach(name -> all.add(new GeneralName(GeneralName.dNSName, name)));
        names.addresses().forEach(address -> all.add(new GeneralName(GeneralName.iPAddress, address)));
        return new GeneralNames(all.toArray(GeneralName[]::new));
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
            throws OperatorCreationException, GeneralSecurityException {
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder(SIGNATURE).build(key)));
    }

    private static KeyPair newPair() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static BigInteger serial() {
        return new BigInteger(159, new SecureRandom()).setBit(158);
    }

    private PrivateKey readKey() throws GeneralSecurityException, IOException {
        String body = Files.readString(caKey).replaceAll("-----[A-Z ]+-----|\\s", "");
        return KeyFactory.getInstance("EC")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(body)));
    }

    private static @Nullable X509Certificate read(Path file) throws IOException, GeneralSecurityException {
        if (!Files.exists(file)) {
            return null;
        }
        try (var stream = Files.newInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(stream);
        }
    }

    private static void write(Path file, String text) throws IOException {
        SecretStore.writePrivate(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }

    private static String pem(String type, byte[] content) {
        StringWriter text = new StringWriter();
        text.write("-----BEGIN " + type + "-----\n");
        text.write(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content));
        text.write("\n-----END " + type + "-----\n");
        return text.toString();
    }
}
