package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.awaitility.Awaitility;

/** Two files on their way when Oriel is killed: one at once, of which nothing may stay, one in pieces, which goes on. */
final class HalfUploads {
    private static final byte[] WHOLE = "piece by piece ".repeat(200_000).getBytes(StandardCharsets.UTF_8);
    private static final int HALF = 1_000_000;

    private final Socket atOnce;
    private final String pieces;

    private HalfUploads(Socket atOnce, String pieces) {
        this.atOnce = atOnce;
        this.pieces = pieces;
    }

    /** Sends half of both, until half of each lies with Oriel. */
    static HalfUploads begin(RunningOriel oriel, OrielUser user) throws IOException {
        Socket socket = OrielUser.trusting(oriel.data().resolve("tls/ca.pem"))
                .getSocketFactory()
                .createSocket("localhost", oriel.port());
        OutputStream out = socket.getOutputStream();
        out.write(("POST /api/post HTTP/1.1\r\nHost: localhost:" + oriel.port() + "\r\nAuthorization: Bearer "
                        + user.token() + "\r\nContent-Length: " + 4 * HALF
                        + "\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
                        + "Content-Disposition: form-data; name=\"file\"; filename=\"half.txt\"\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        out.write(new byte[2 * HALF]);
        out.flush();
        OrielUser.Answer made = user.send(
                        "POST",
                        "/api/post/tus",
                        "",
                        "Tus-Resumable",
                        "1.0.0",
                        "Upload-Length",
                        String.valueOf(WHOLE.length),
                        "Upload-Metadata",
                        "filename cGllY2VzLnR4dA==")
                .expect(201);
        String pieces = made.headers().firstValue("Location").orElseThrow();
        user.sendPiece(pieces, 0, Arrays.copyOf(WHOLE, HALF)).expect(204);
        Awaitility.await("half a file is there")
                .atMost(Duration.ofSeconds(20))
                .until(() -> !incoming(oriel).isEmpty());
        return new HalfUploads(socket, pieces);
    }

    /** After the next start. */
    void assertNothingStays_andPiecesGoOn(RunningOriel oriel, OrielUser user) throws IOException {
        atOnce.close();
        Awaitility.await("nothing of the killed upload is left")
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(incoming(oriel)).isEmpty());
        assertThat(user.get("/api/post").expect(200).json()).isEmpty();
        assertThat(user.get("/api/auth/me")
                        .expect(200)
                        .json()
                        .at("/usage/uploadBytes")
                        .asLong())
                .as("room is held only for the one that goes on")
                .isEqualTo(WHOLE.length);
        long offset = user.send("HEAD", pieces, "", "Tus-Resumable", "1.0.0")
                .expect(204)
                .headers()
                .firstValueAsLong("Upload-Offset")
                .orElseThrow();
        assertThat(offset).as("what was acknowledged").isEqualTo(HALF);
        String upload = user.sendPiece(pieces, offset, Arrays.copyOfRange(WHOLE, HALF, WHOLE.length))
                .expect(204)
                .headers()
                .firstValue("Oriel-Upload")
                .orElseThrow();
        assertThat(user.download("/api/post/" + upload + "/content")).isEqualTo(WHOLE);
        assertThat(user.delete("/api/post/" + upload).status()).isEqualTo(204);
        assertThat(oriel.filesIn("uploads").stream()
                        .filter(file -> file.getFileName().toString().equals("data")))
                .isEmpty();
    }

    private static List<Path> incoming(RunningOriel oriel) {
        return oriel.filesIn("uploads/incoming").stream()
                .filter(file -> size(file) > 0)
                .toList();
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            // It went meanwhile.
            return 0;
        }
    }
}
