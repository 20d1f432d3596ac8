package dev.oriel.app.cli;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * An image to upload: a file as it is, or a URL by way of a file in the user's cache. That one stays when a command is cut
 * off, so that the next goes on, and goes when the image has arrived.
 *
 * @param file to upload
 * @param ours whether the file is only there for the upload
 */
record FetchedImage(Path file, boolean ours) {
    private static final Duration CONNECT = Duration.ofSeconds(20);

    /**
     * Fetches it, if it has to be.
     *
     * @param source a path or an http(s) URL
     * @param sha256 what it must have, in hex
     */
    static FetchedImage of(String source, Optional<String> sha256) throws InterruptedException {
        if (!source.startsWith("https://") && !source.startsWith("http://")) {
            return new FetchedImage(Path.of(source), false);
        }
        URI url = ServerOptions.address(source, "the address of the image");
        Path file = UserCache.directory("images").resolve(UserCache.nameOf(source));
        if (!Files.exists(file)) {
            HttpClient client = HttpClient.newBuilder()
                    .followRedirects(HttpClient.Redirect.NORMAL)
                    .connectTimeout(CONNECT)
                    .build();
            new ResumableDownload(client, () -> HttpRequest.newBuilder(url))
                    .into(file, sha256, TransferProgress.of("download"));
        }
        return new FetchedImage(file, true);
    }

    /** Sends it. The copy in the cache goes when it has arrived, or is refused: there may be another at that URL next time. */
    <T> T sendBy(Function<Path, T> send) {
        try {
            T sent = send.apply(file);
            forget();
            return sent;
        } catch (CommandFailure e) {
            if (e.exit() == ExitClass.REFUSED) {
                forget();
            }
            throw e;
        }
    }

    private void forget() {
        try {
            if (ours) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new CommandFailure(ExitClass.OTHER, "a file in the cache cannot be removed: " + e.getMessage());
        }
    }
}
