package dev.oriel.host.instant;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import com.github.luben.zstd.util.Native;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A file with what a guest remembered: QEMU's state without the pages that its frozen memory holds anyway, as one
 * checksummed frame of zstd. A damaged or shortened file is noticed by whoever reads it.
 */
final class MemoryFile {
    /** Whoever suspends waits for it; docs/explanation/how-desktops-are-measured.md compares the levels. */
    private static final int LEVEL = 1;

    private static final int CHUNK = 256 << 10;

    static {
        loadZstd();
    }

    private MemoryFile() {}

    /** Its library is unpacked, loaded and removed at once: by itself it stays behind when the process is killed. */
    private static void loadZstd() {
        try {
            Path folder = Files.createTempDirectory("oriel-zstd-");
            try {
                Native.load(folder.toFile());
            } finally {
                try (Stream<Path> files = Files.list(folder)) {
                    for (Path file : files.toList()) {
                        Files.delete(file);
                    }
                }
                Files.delete(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the library of zstd cannot be unpacked", e);
        }
    }

    /**
     * Writes what QEMU sends until it ends; on disk when this returns.
     *
     * @param start what the guest began with
     * @return bytes of the state before they were made small
     */
    static long write(SocketChannel from, Path file, Optional<InstantStart> start) throws IOException {
        try (Arena arena = Arena.ofShared();
                FileChannel to = FileChannel.open(
                        file,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            Optional<MemorySegment> frozen =
                    start.isPresent() ? Optional.of(map(start.get(), arena)) : Optional.empty();
            long bytes;
            try (OutputStream zstd = new ZstdOutputStreamNoFinalizer(Channels.newOutputStream(to), LEVEL)
                    .setChecksum(true)
                    .setCloseFrameOnFlush(false)) {
                bytes = StateFilter.run(from, zstd, frozen);
                zstd.flush();
            } catch (java.nio.channels.ClosedChannelException e) {
                throw new IOException("the file was closed too early", e);
            }
            return bytes;
        }
    }

    /** Has it survive a power loss. */
    static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(false);
        }
    }

    /**
     * Sends it to a QEMU that listens on {@code socket}.
     *
     * @throws IOException also when it is damaged
     */
    static void feed(Path file, Path socket) throws IOException {
        try (ZstdInputStreamNoFinalizer zstd = new ZstdInputStreamNoFinalizer(Files.newInputStream(file));
                SocketChannel to = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            to.connect(UnixDomainSocketAddress.of(socket));
            byte[] chunk = new byte[CHUNK];
            int read = zstd.read(chunk);
            while (read >= 0) {
                ByteBuffer bytes = ByteBuffer.wrap(chunk, 0, read);
                while (bytes.hasRemaining()) {
                    to.write(bytes);
                }
                read = zstd.read(chunk);
            }
        }
    }

    private static MemorySegment map(InstantStart start, Arena arena) throws IOException {
        try (FileChannel memory = FileChannel.open(start.memory().file(), StandardOpenOption.READ)) {
            return memory.map(FileChannel.MapMode.READ_ONLY, 0, memory.size(), arena);
        } catch (NoSuchFileException e) {
            throw new IOException("the frozen memory is not there", e);
        }
    }
}
