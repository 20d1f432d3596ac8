package dev.oriel.app.data;

import dev.oriel.core.console.TicketKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * The secrets of one installation: made at first start, one file each that only the owner may read, never shown.
 * Not thread-safe.
 */
public final class SecretStore {
    private static final int SECRET_BYTES = 32;
    private static final String PASSWORD_ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    private static final int PASSWORD_LENGTH = 20;

    private final Path directory;
    private final SecureRandom random;

    public SecretStore(Path directory) {
        this.directory = directory;
        this.random = new SecureRandom();
    }

    /** The secret of this name, 64 hexadecimal digits; made when there is none yet. */
    public String get(String name) {
        Path file = directory.resolve(name);
        if (!Files.exists(file)) {
            byte[] bytes = new byte[SECRET_BYTES];
            random.nextBytes(bytes);
            writePrivate(file, HexFormat.of().formatHex(bytes));
        }
        return read(file);
    }

    /** The key pair that signs console tickets, in the form of settings: {@code kid=base64}. */
    public TicketPair ticketKeys() {
        Path file = directory.resolve("ticket");
        if (!Files.exists(file)) {
            KeyPair pair = TicketKeys.generate();
            writePrivate(file, TicketKeys.encode(pair.getPrivate()) + "\n" + TicketKeys.encode(pair.getPublic()));
        }
        String[] lines = read(file).split("\n");
        return new TicketPair("k1=" + lines[0], "k1=" + lines[1]);
    }

    /** {@code kid=base64} of both halves; the private one is for the API alone. */
    public record TicketPair(String privateKey, String publicKey) {
        @Override
        public String toString() {
            return "TicketPair[" + publicKey + "]";
        }
    }

    /**
     * The administrator's first password, made together with {@code file}.
     *
     * @return true when it was made just now, so that somebody should be told
     */
    public boolean makePassword(Path file) {
        Path marker = directory.resolve("admin-made");
        if (Files.exists(marker)) {
            return false;
        }
        StringBuilder password = new StringBuilder();
        for (int i = 0; i < PASSWORD_LENGTH; i++) {
            password.append(PASSWORD_ALPHABET.charAt(random.nextInt(PASSWORD_ALPHABET.length())));
        }
        writePrivate(file, password + "\n");
        writePrivate(marker, "");
        return true;
    }

    /** Writes a file that nobody else may read, whole or not at all. */
    public static void writePrivate(Path file, String text) {
        Path parent = java.util.Objects.requireNonNull(file.toAbsolutePath().getParent());
        try {
            Path part = Files.createTempFile(
                    parent,
                    ".new",
                    "",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(part, text);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The text of a secret's file, without the space around it. */
    public static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
