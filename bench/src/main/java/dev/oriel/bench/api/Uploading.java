package dev.oriel.bench.api;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Files given to {@code POST /post} by curl: one after the other, and fifty at once. */
final class Uploading {
    private static final long MIB = 1 << 20;
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int AT_ONCE = 50;
    private static final int MIB_EACH = 48;
    private static final int ROUNDS = 3;

    private final BenchedOriel oriel;
    private final String where;
    private final BenchUser user;
    private final int mib;

    /** {@code where} says on what its data lie. */
    Uploading(BenchedOriel oriel, String where, int mib) throws IOException {
        this.oriel = oriel;
        this.where = where;
        this.mib = mib;
        this.user = BenchUser.register(oriel, "upload", 1).getFirst();
    }

    List<Row> oneStream() throws IOException {
        Path file = sparse("one", mib);
        send(oriel.api() + "/post", file);
        List<Row> rows = new ArrayList<>();
        double bare = bareDisk();
        String how = mib + " MiB by curl, SHA-256 taken, flushed to " + where + " (which alone takes "
                + Row.number(bare) + " MB/s)";
        rows.add(Row.atLeast(
                400, "upload, one stream, at the API, to " + where, rate("/post", file, false), "MB/s", how));
        rows.add(Row.only(
                "upload, one stream, through Nginx with TLS, to " + where, rate("/api/post", file, true), "MB/s", how));
        return rows;
    }

    private double rate(String path, Path file, boolean front) throws IOException {
        String base = front ? "https://localhost:" + oriel.port() : oriel.api();
        List<Double> rates = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
            double seconds = send(base + path, file);
            rates.add(mib * MIB / 1e6 / seconds);
            System.out.println("  upload to " + where + (front ? " through Nginx" : "") + ": "
                    + Row.number(rates.getLast()) + " MB/s");
        }
        return Numbers.median(rates);
    }

    /** What the place takes from a plain loop with the same chunks and one flush at the end. */
    private double bareDisk() throws IOException {
        Path file = oriel.data().resolve("uploads/bare");
        ByteBuffer chunk = ByteBuffer.allocateDirect((int) MIB);
        long began = System.nanoTime();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (int i = 0; i < mib; i++) {
                chunk.clear();
                channel.write(chunk);
            }
            channel.force(true);
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        Files.delete(file);
        return mib * MIB / 1e6 / seconds;
    }

    /** How much more memory the process {@code api} takes while many files come in at once. */
    Row memory(ProcessHandle api) throws IOException {
        Family process = new Family(api);
        Path file = sparse("many", MIB_EACH);
        sendMany(file);
        collect(api);
        long before = process.memory();
        long most = before;
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<?> sending = threads.submit(() -> {
                sendMany(file);
                return null;
            });
            while (!sending.isDone()) {
                most = Math.max(most, process.memory());
                Pause.of(Duration.ofMillis(50));
            }
            sending.get();
        } catch (ExecutionException e) {
            throw new IOException("an upload failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return Row.atMost(
                64,
                "memory of the API, more at " + AT_ONCE + " uploads at once, to " + where,
                (most - before) / (double) MIB,
                "MiB",
                MIB_EACH + " MiB each; from " + before / MIB + " MiB after a collection to " + most / MIB
                        + " MiB at most");
    }

    private static void collect(ProcessHandle jvm) throws IOException {
        Programs.output(
                List.of(Path.of(System.getProperty("java.home"), "bin/jcmd").toString(), jvm.pid() + "", "GC.run"),
                LIMIT);
    }

    private void sendMany(Path file) throws IOException {
        try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
            List<Future<Double>> all = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                all.add(threads.submit(() -> send(oriel.api() + "/post", file)));
            }
            for (Future<Double> one : all) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw new IOException("an upload failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Sends a file and deletes it again; the seconds that sending and the answer took. */
    private double send(String address, Path file) throws IOException {
        String said = Programs.output(
                List.of(
                        "/usr/bin/curl",
                        "-s",
                        "-S",
                        "--cacert",
                        oriel.data().resolve("tls/ca.pem").toString(),
                        "-H",
                        "Authorization: Bearer " + user.token(),
                        "-H",
                        "Expect:",
                        "-F",
                        "file=@" + file,
                        "-w",
                        "\n%{http_code} %{time_total}",
                        address),
                LIMIT);
        String[] end = said.substring(said.lastIndexOf('\n') + 1).split(" ");
        if (!end[0].equals("201")) {
            throw new IOException("the upload was answered with " + said);
        }
        String id = said.replaceFirst("(?s).*?\"id\":\"([0-9a-f-]{36})\".*", "$1");
        user.delete("/post/" + id, Duration.ZERO).expect(204);
        return Double.parseDouble(end[1]);
    }

    /** A file of zeros that takes no room and is read from memory. */
    private Path sparse(String name, int sizeMib) throws IOException {
        Path file = oriel.data().resolve(name);
        try (RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw")) {
            made.setLength(sizeMib * MIB);
        }
        return file;
    }
}
