package dev.oriel.app.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificatesTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final ServerNames NAMES = new ServerNames(List.of("localhost", "box"), List.of("127.0.0.1", "::1"));

    @TempDir
    Path directory;

    @Test
    void serverCertificate_isSignedByTheAuthority_forAllNames() throws IOException, GeneralSecurityException {
        Certificates certificates = at(NOW);
        assertThat(certificates.ensure(NAMES)).isTrue();
        X509Certificate ca = read(certificates.ca());
        X509Certificate server = read(certificates.certificate());
        server.verify(ca.getPublicKey());
        ca.verify(ca.getPublicKey());
        assertThat(ca.getBasicConstraints()).isZero();
        assertThat(server.getBasicConstraints()).isEqualTo(-1);
        assertThat(server.getSubjectAlternativeNames())
                .contains(List.of(2, "localhost"), List.of(2, "box"), List.of(7, "127.0.0.1"));
        assertThat(Duration.between(NOW, server.getNotAfter().toInstant())).isLessThan(Duration.ofDays(398));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(certificates.key())))
                .isEqualTo("rw-------");
    }

    @Test
    void goodCertificate_isKept() throws IOException {
        at(NOW).ensure(NAMES);
        byte[] before = Files.readAllBytes(at(NOW).certificate());
        assertThat(at(NOW.plus(Duration.ofDays(300))).ensure(NAMES)).isFalse();
        assertThat(Files.readAllBytes(at(NOW).certificate())).isEqualTo(before);
    }

    @Test
    void endingCertificate_isRenewed_byTheSameAuthority() throws IOException, GeneralSecurityException {
        at(NOW).ensure(NAMES);
        X509Certificate ca = read(at(NOW).ca());
        assertThat(at(NOW.plus(Duration.ofDays(370))).ensure(NAMES)).isTrue();
        assertThat(read(at(NOW).ca())).isEqualTo(ca);
        read(at(NOW).certificate()).verify(ca.getPublicKey());
        assertThat(read(at(NOW).certificate()).getNotAfter().toInstant()).isAfter(NOW.plus(Duration.ofDays(700)));
    }

    @Test
    void newName_makesANewCertificate() {
        at(NOW).ensure(NAMES);
        assertThat(at(NOW).ensure(new ServerNames(List.of("localhost", "vm.example.org"), List.of())))
                .isTrue();
    }

    @Test
    void names_holdWhatBrowsersMayType() {
        ServerNames names = ServerNames.of("192.0.2.7", URI.create("https://vm.example.org:8443"));
        assertThat(names.dns()).contains("localhost", "vm.example.org");
        assertThat(names.addresses()).contains("127.0.0.1", "::1", "192.0.2.7");
        assertThat(ServerNames.of("0.0.0.0", URI.create("https://[2001:db8::1]"))
                        .addresses())
                .contains("2001:db8::1")
                .doesNotContain("0.0.0.0");
    }

    private Certificates at(Instant now) {
        return new Certificates(directory, directory, Clock.fixed(now, ZoneOffset.UTC));
    }

    private static X509Certificate read(Path file) throws IOException, GeneralSecurityException {
        try (InputStream stream = Files.newInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(stream);
        }
    }
}
