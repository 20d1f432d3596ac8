package dev.oriel.app.front;

import dev.oriel.app.child.Child;
import dev.oriel.app.child.ChildFailure;
import dev.oriel.app.child.ChildSpec;
import dev.oriel.app.child.Children;
import dev.oriel.app.child.Deadline;
import dev.oriel.app.child.ServiceUser;
import dev.oriel.app.child.Signal;
import dev.oriel.app.data.Owners;
import dev.oriel.app.data.SecretStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Nginx as the TLS front door, with a prefix of its own and, when root starts it on high ports, a uid of its own.
 *
 * @param home {@code DATA/nginx}
 * @param templates {@code deploy/nginx}
 * @param user whom it runs as
 */
public record FrontDoor(Path home, Path templates, Site site, ServiceUser user) {
    /** What Nginx itself says to people. */
    private static final List<String> PAGES = List.of("missing.html", "too-many.html", "unavailable.html");

    private static final Duration CHECK_LIMIT = Duration.ofSeconds(20);
    private static final Duration START_LIMIT = Duration.ofSeconds(20);
    private static final Duration STOP_GRACE = Duration.ofSeconds(3);
    private static final int CONNECT_MILLIS = 500;

    /**
     * Writes the configuration, has Nginx check it, and starts it.
     *
     * @throws ChildFailure when Nginx refuses the configuration or does not come up
     */
    public Child start(Children children) {
        Path configuration = write();
        children.run("nginx -t", CHECK_LIMIT, command(configuration, "-t", "-q"));
        Child child = children.supervise(
                new ChildSpec("nginx", command(configuration), Map.of(), log(), Signal.TERM, STOP_GRACE));
        boolean ready = Deadline.in(START_LIMIT).await(() -> accepts() || child.ends() > 2);
        if (!ready || child.ends() > 2) {
            throw new ChildFailure("Nginx does not start; its log: " + log());
        }
        return child;
    }

    /** Where connections from this machine go. */
    public InetSocketAddress address() {
        String host = site.listen().equals("0.0.0.0") || site.listen().equals("::") ? "127.0.0.1" : site.listen();
        return new InetSocketAddress(host, site.port());
    }

    Path log() {
        return home.resolve("state/error.log");
    }

    /** Renders the templates into {@code nginx.conf}. */
    Path write() {
        Path state = Owners.directory(home.resolve("state"), user);
        Owners.directory(state.resolve("temp"), user);
        try {
            for (String page : PAGES) {
                Files.write(home.resolve(page), Files.readAllBytes(templates.resolve(page)));
            }
            Path file = home.resolve("nginx.conf");
            SecretStore.writePrivate(file, new NginxTemplate(templates).render(site, home, state, log()));
            Owners.give(file, user);
            Owners.give(site.key(), user);
            if (!Files.exists(log())) {
                Files.createFile(log());
            }
            Owners.give(log(), user);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> command(Path configuration, String... more) {
        List<String> bare = new java.util.ArrayList<>(
                List.of("nginx", "-e", log().toString(), "-p", home.toString(), "-c", configuration.toString()));
        bare.addAll(List.of(more));
        return user.command(bare);
    }

    private boolean accepts() {
        try (Socket socket = new Socket()) {
            socket.connect(address(), CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            // Not yet; the deadline is the caller's.
            return false;
        }
    }
}
