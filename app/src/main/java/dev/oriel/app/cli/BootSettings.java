package dev.oriel.app.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a new VM starts with; only what was given is sent. */
final class BootSettings {
    @Option(names = "--iso", paramLabel = "ID", description = "An uploaded disc to boot from: see `oriel file list`.")
    private @Nullable String iso;

    @Option(names = "--user-data", paramLabel = "FILE", description = "For the guest's cloud-init.")
    private @Nullable Path userData;

    @Option(
            names = "--firmware",
            paramLabel = "FIRMWARE",
            description = "bios or uefi (default: as its disc needs it).")
    private @Nullable String firmware;

    /** The fields of a request that were given. */
    Map<String, Object> asBody() {
        Map<String, Object> body = new LinkedHashMap<>();
        if (iso != null) {
            body.put("iso", iso);
        }
        if (firmware != null) {
            body.put("firmware", firmware);
        }
        if (userData != null) {
            try {
                body.put("userData", Files.readString(userData));
            } catch (IOException e) {
                throw new CommandFailure(ExitClass.NOT_FOUND, userData + " cannot be read as text");
            }
        }
        return body;
    }
}
