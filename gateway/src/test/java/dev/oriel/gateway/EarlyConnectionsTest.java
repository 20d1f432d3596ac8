package dev.oriel.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.vm.VmId;
import dev.oriel.gateway.wire.NioWires;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EarlyConnectionsTest {
    private static final VmId VM = VmId.of("00000000-0000-4000-8000-00000000ee01");
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Duration LONG = Duration.ofMinutes(5);

    @TempDir
    Path directory;

    private ServerSocketChannel vnc;

    @BeforeEach
    void listen() throws IOException {
        vnc = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        vnc.bind(UnixDomainSocketAddress.of(directory.resolve("s")));
    }

    @AfterEach
    void close() throws IOException {
        vnc.close();
    }

    @Test
    void linkOfAVm_isConnectedTo_andTakenOnce() throws Exception {
        try (EarlyConnections early = new EarlyConnections(new NioWires(), directory, LONG)) {
            try (SocketChannel accepted = linkUntilConnected()) {
                assertThat(accepted.isOpen()).isTrue();
                await().atMost(LIMIT)
                        .until(() -> early.take(VM), Optional::isPresent)
                        .orElseThrow()
                        .close();
                assertThat(early.take(VM)).isEmpty();
                assertThat(accepted.read(ByteBuffer.allocate(1)))
                        .as("it was this one")
                        .isNegative();
            }
        }
    }

    @Test
    void connectionThatNobodyTakes_isClosed_andSoIsOneWhoseLinkGoes() throws Exception {
        try (EarlyConnections early = new EarlyConnections(new NioWires(), directory, Duration.ZERO);
                SocketChannel unused = linkUntilConnected()) {
            assertThat(unused.read(ByteBuffer.allocate(1))).isNegative();
            assertThat(early.take(VM)).isEmpty();
        }
        try (EarlyConnections early = new EarlyConnections(new NioWires(), directory, LONG);
                SocketChannel gone = linkUntilConnected()) {
            Files.delete(directory.resolve(VM.toString()));
            assertThat(gone.read(ByteBuffer.allocate(1))).isNegative();
            assertThat(early.take(VM)).isEmpty();
        }
    }

    /** Again and again: nobody says when the directory is watched. */
    private SocketChannel linkUntilConnected() throws IOException {
        vnc.configureBlocking(false);
        Path link = directory.resolve(VM.toString());
        SocketChannel accepted = await().atMost(LIMIT)
                .pollInterval(Duration.ofMillis(200))
                .until(
                        () -> {
                            SocketChannel come = vnc.accept();
                            if (come == null) {
                                Files.deleteIfExists(link);
                                Files.createSymbolicLink(link, Path.of("s"));
                            }
                            return come;
                        },
                        come -> come != null);
        accepted.configureBlocking(true);
        return accepted;
    }
}
