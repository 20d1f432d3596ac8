package dev.oriel.app.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.core.config.Settings;
import dev.oriel.core.console.TicketKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretStoreTest {
    @TempDir
    Path directory;

    @Test
    void secrets_areStrong_private_distinct_andKept() throws IOException {
        SecretStore store = new SecretStore(directory);
        String access = store.get("access");
        assertThat(new Settings(Map.of("s", access)).secret("s")).hasSize(64);
        assertThat(store.get("refresh")).isNotEqualTo(access);
        assertThat(new SecretStore(directory).get("access")).isEqualTo(access);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("access"))))
                .isEqualTo("rw-------");
    }

    @Test
    void ticketKeys_areAPair_andKept() {
        SecretStore.TicketPair pair = new SecretStore(directory).ticketKeys();
        assertThat(TicketKeys.decodePrivate(pair.privateKey().substring(3))).isNotNull();
        assertThat(TicketKeys.decodePublic(pair.publicKey().substring(3))).isNotNull();
        assertThat(new SecretStore(directory).ticketKeys()).isEqualTo(pair);
        assertThat(pair.toString()).doesNotContain(pair.privateKey());
    }

    @Test
    void administratorsPassword_isMadeOnce_evenWhenItsFileWasRemoved() throws IOException {
        Path file = directory.resolve("admin-password");
        SecretStore store = new SecretStore(directory);
        assertThat(store.makePassword(file)).isTrue();
        assertThat(Files.readString(file).strip()).hasSize(20);
        Files.delete(file);
        assertThat(store.makePassword(file)).isFalse();
        assertThat(file).doesNotExist();
    }
}
