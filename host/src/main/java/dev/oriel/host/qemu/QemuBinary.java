package dev.oriel.host.qemu;

import dev.oriel.host.disk.Program;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The installed QEMU.
 *
 * @param version like 7.2.22
 * @param machineType the board guests get: one fixed version while the binary knows it
 */
public record QemuBinary(Program program, String version, String machineType) {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final String PREFERRED = "pc-i440fx-7.2";
    private static final Pattern VERSION = Pattern.compile("version (\\d+(?:\\.\\d+)*)");

    /**
     * Finds QEMU and asks it who it is.
     *
     * @throws IOException when it does not run
     */
    public static QemuBinary probe() throws IOException, InterruptedException {
        Program program = Program.need("qemu-system-x86_64");
        Matcher version =
                VERSION.matcher(program.run(List.of("--version"), LIMIT).output());
        if (!version.find()) {
            throw new IOException("QEMU does not tell its version");
        }
        String boards = program.run(List.of("-machine", "help"), LIMIT).output();
        boolean known = boards.lines().anyMatch(board -> board.startsWith(PREFERRED + " "));
        return new QemuBinary(program, version.group(1), known ? PREFERRED : "pc");
    }
}
