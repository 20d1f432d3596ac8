package dev.oriel.host.vm;

import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * This machine's memory, as {@code /proc/meminfo} says.
 *
 * @param available what the kernel thinks can be had without swapping
 */
record HostMemory(Bytes total, Bytes available) {
    static HostMemory now() {
        return new HostMemory(value("MemTotal:"), value("MemAvailable:"));
    }

    private static Bytes value(String key) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
            return lines.filter(line -> line.startsWith(key))
                    .map(line -> line.replaceAll("\\D", ""))
                    .findFirst()
                    .map(kib -> new Bytes(Long.parseLong(kib) << 10))
                    .orElse(new Bytes(0));
        } catch (IOException e) {
            return new Bytes(0);
        }
    }
}
