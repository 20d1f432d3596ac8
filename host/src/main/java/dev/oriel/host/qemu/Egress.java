package dev.oriel.host.qemu;

import dev.oriel.host.disk.Program;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Gives guests a way out of this machine that is not a way into it: each gets a network namespace with {@link
 * EgressRules} in it, which slirp4netns connects to the world as an ordinary program without privileges does.
 * Thread-safe.
 */
public final class Egress {
    private static final Logger LOG = System.getLogger(Egress.class.getName());
    private static final Path TUN = Path.of("/dev/net/tun");

    private final EgressRules rules;
    private final OptionalInt uid;

    /** @param uid under which the connections are made; empty: this process's own, which is not root's then */
    public Egress(EgressRules rules, OptionalInt uid) {
        this.rules = rules;
        this.uid = uid;
    }

    /** Whether this host can do it, found out by doing it: empty when it can, else one sentence for operators. */
    public Optional<String> obstacle() throws InterruptedException {
        try {
            Path directory = Files.createTempDirectory("oriel-egress");
            try (EgressNetwork network = open(directory)) {
                LOG.log(Level.DEBUG, "a network was made and is ended: {0}", network);
                return Optional.empty();
            } finally {
                remove(directory);
            }
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Makes a network for one guest. It ends by itself when nobody holds it any more.
     *
     * @param directory the instance's, for the files it needs
     * @throws IOException when this host cannot do it; the message says why
     */
    EgressNetwork open(Path directory) throws IOException, InterruptedException {
        for (String name : List.of("slirp4netns", "nft", "ip", "unshare", "nsenter", "mkfifo")) {
            if (Program.find(name).isEmpty()) {
                throw new IOException("the program " + name + " is not installed");
            }
        }
        return EgressNetwork.open(directory, uid, needsOwnTun(), rules.commands(addresses()));
    }

    /** Debian lets everybody open it; where only root may, root makes one for the network's own eyes. */
    private boolean needsOwnTun() throws IOException {
        if (!Files.exists(TUN)) {
            if (uid.isEmpty()) {
                throw new IOException("this machine has no " + TUN);
            }
            return true;
        }
        boolean open = Files.getPosixFilePermissions(TUN, LinkOption.NOFOLLOW_LINKS)
                .contains(PosixFilePermission.OTHERS_WRITE);
        if (!open && uid.isEmpty()) {
            throw new IOException("only root may open " + TUN);
        }
        return !open;
    }

    private static List<InetAddress> addresses() throws IOException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .toList();
    }

    private static void remove(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
