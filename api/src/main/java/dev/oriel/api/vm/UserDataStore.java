package dev.oriel.api.vm;

import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.vm.VmId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** What owners wrote for the cloud-init of their VMs. It may hold secrets: never logged, never answered. */
@Repository
public class UserDataStore {
    private final JdbcClient jdbc;

    UserDataStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** By which hosts know it. */
    static ImageDigest digestOf(String content) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            return new ImageDigest(HexFormat.of().formatHex(sha256.digest(content.getBytes(StandardCharsets.UTF_8))));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no SHA-256", e);
        }
    }

    void put(VmId vm, String content) {
        jdbc.sql("INSERT INTO vm_user_data (vm_id, content) VALUES (:vm, :content)")
                .param("vm", vm.value())
                .param("content", content)
                .update();
    }

    /** The bytes that {@link #digestOf} is of. */
    public Optional<byte[]> find(VmId vm) {
        return jdbc.sql("SELECT content FROM vm_user_data WHERE vm_id = :vm")
                .param("vm", vm.value())
                .query(String.class)
                .optional()
                .map(content -> content.getBytes(StandardCharsets.UTF_8));
    }

    void remove(VmId vm) {
        jdbc.sql("DELETE FROM vm_user_data WHERE vm_id = :vm")
                .param("vm", vm.value())
                .update();
    }
}
