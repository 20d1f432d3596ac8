package dev.oriel.api.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.core.console.TicketKeys;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import org.junit.jupiter.api.Test;

class TicketSignatureTest {
    /** Ed25519 is deterministic: two makers that are right make the same bytes. */
    @Test
    void signature_isThatOfTheJdk() throws GeneralSecurityException {
        KeyPair keys = TicketKeys.generate();
        TicketSignature ours = new TicketSignature(keys.getPrivate());
        for (String text : new String[] {"", "a", "header.payload", "x".repeat(4096)}) {
            byte[] message = text.getBytes(StandardCharsets.US_ASCII);
            Signature jdk = Signature.getInstance("Ed25519");
            jdk.initSign(keys.getPrivate());
            jdk.update(message);
            assertThat(ours.apply(message)).isEqualTo(jdk.sign());
        }
    }

    @Test
    void otherKeys_areRefused() throws GeneralSecurityException {
        KeyPair other = KeyPairGenerator.getInstance("X25519").generateKeyPair();
        assertThatThrownBy(() -> new TicketSignature(other.getPrivate())).isInstanceOf(IllegalArgumentException.class);
    }
}
