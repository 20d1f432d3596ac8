package dev.oriel.host.disk;

import dev.oriel.core.image.ImageFormat;
import java.nio.file.Path;

/**
 * One file of a disk as QEMU gets it.
 *
 * @param node QEMU's name for it, {@code base0} or {@code layer1}; the file below it is {@code <node>-file}
 * @param format as recorded when the file was made; it is never looked for in the file
 */
public record DiskLink(String node, Path file, ImageFormat format) {
    /** QEMU's driver for the format. */
    public String driver() {
        return switch (format) {
            case QCOW2 -> "qcow2";
            case RAW, ISO -> "raw";
            case VMDK -> "vmdk";
        };
    }
}
