package dev.oriel.bench.api;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * {@code GET /vm} in FastAPI, SQLAlchemy and uvicorn, over the measured Oriel's own Postgres and with its tokens: see
 * {@code peer.py}. One process for each processor.
 */
record Peer(Process process, int port) implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(30);

    /** As most would write it: a plain function, the ORM, the answer checked by its model. */
    static final String IDIOMATIC = "/vm";
    /** As fast as this stack was made to go: no threads, no model of the answer. */
    static final String TUNED = "/tuned/vm";

    static boolean possible() {
        return Programs.has("uvicorn");
    }

    static Peer start(BenchedOriel oriel, Path home) throws IOException {
        int port = BenchedOriel.freePort();
        Process process = Programs.start(
                List.of(
                        "/usr/bin/uvicorn",
                        "--app-dir",
                        home.resolve("bench/src/main/python").toString(),
                        "--host",
                        "127.0.0.1",
                        "--port",
                        Integer.toString(port),
                        "--workers",
                        Integer.toString(Runtime.getRuntime().availableProcessors()),
                        "--loop",
                        "uvloop",
                        "--http",
                        "httptools",
                        "--no-access-log",
                        "--log-level",
                        "warning",
                        "peer:app"),
                Map.of(
                        "PYTHONDONTWRITEBYTECODE",
                        "1",
                        "PEER_DATABASE",
                        "postgresql+psycopg2://oriel:" + oriel.secret("postgres-oriel") + "@127.0.0.1:"
                                + oriel.port("postgres") + "/oriel",
                        "PEER_ACCESS_KEY",
                        oriel.secret("access"),
                        "PEER_ISSUER",
                        "https://localhost:" + oriel.port()),
                oriel.data().resolve("peer.log"));
        Peer peer = new Peer(process, port);
        Pause.until("uvicorn", START_LIMIT, peer::listens);
        return peer;
    }

    private boolean listens() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
            return true;
        } catch (IOException e) {
            // Not yet.
            return false;
        }
    }

    @Override
    public void close() {
        List<ProcessHandle> workers = process.descendants().toList();
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        workers.forEach(ProcessHandle::destroyForcibly);
    }
}
