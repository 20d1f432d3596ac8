package dev.oriel.app.cli;

import dev.oriel.app.data.DataDirectory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What every command over HTTP understands: which server, whom to trust, how to print. */
final class ServerOptions {
    private static final URI STANDARD = URI.create("https://localhost:8443");

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "The server (default: ORIEL_URL, where you signed in, or https://localhost:8443).")
    private @Nullable String url;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "Authority to trust (default: ORIEL_CA, or tls/ca.pem of the data on this machine).")
    private @Nullable Path ca;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Data directory of an Oriel on this machine (default: ORIEL_DATA, or the standard one).")
    private @Nullable Path data;

    @Option(
            names = "--team",
            paramLabel = "TEAM",
            description = "Of this team, by name or id, instead of your own (VMs, files, templates, usage).")
    private @Nullable String team;

    @Option(names = "--json", description = "Print what the API answers.")
    private boolean json;

    boolean json() {
        return json;
    }

    ApiConnection connect() {
        Path file = Credentials.file();
        URI bare = Optional.ofNullable(url)
                .map(text -> address(withoutSlash(text), "--url"))
                .or(() -> variable("ORIEL_URL").map(text -> address(withoutSlash(text), "ORIEL_URL")))
                .or(() -> Credentials.load(file).map(Credentials::url))
                .orElse(STANDARD);
        ApiConnection connection = new ApiConnection(bare, file, authority());
        if (team != null) {
            connection.actFor(team);
        }
        return connection;
    }

    private static String withoutSlash(String text) {
        return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }

    /** A web address; {@code what} is said of one that is none. */
    static URI address(String text, String what) {
        try {
            URI uri = URI.create(text);
            if (uri.getHost() != null && List.of("https", "http").contains(uri.getScheme())) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw new CommandFailure(ExitClass.OTHER, what + " must be like https://vm.example.org, not '" + text + "'");
    }

    private Optional<Path> authority() {
        if (ca != null) {
            return Optional.of(ca);
        }
        Path standard =
                DataDirectory.standard(System.getProperty("user.name"), Path.of(System.getProperty("user.home")));
        return Stream.of(
                        variable("ORIEL_CA").map(Path::of),
                        Optional.ofNullable(data)
                                .or(() -> variable("ORIEL_DATA").map(Path::of))
                                .or(() -> Optional.of(standard))
                                .map(directory -> directory.resolve("tls/ca.pem")))
                .flatMap(Optional::stream)
                .filter(Files::isReadable)
                .findFirst();
    }

    private static Optional<String> variable(String name) {
        return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isBlank());
    }
}
