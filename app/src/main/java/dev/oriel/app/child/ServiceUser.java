package dev.oriel.app.child;

import java.util.ArrayList;
import java.util.List;

/**
 * Whom a child runs as. Started by root, no server keeps root's rights: each runs under a uid of its own that has no
 * password entry and owns nothing else. Started by anybody else, everything runs as that user. Immutable.
 */
public sealed interface ServiceUser {
    /** Puts what is needed in front of a command. */
    List<String> command(List<String> bare);

    /** The user that Oriel itself runs as. */
    record Same() implements ServiceUser {
        @Override
        public List<String> command(List<String> bare) {
            return bare;
        }
    }

    /**
     * Another uid, with a group of the same number and no rights of root.
     *
     * @param lowPorts whether it may listen on ports below 1024, the one right of root it can keep
     */
    record Own(int uid, boolean lowPorts) implements ServiceUser {
        public Own {
            if (uid <= 0) {
                throw new IllegalArgumentException("a service user is not root");
            }
        }

        @Override
        public List<String> command(List<String> bare) {
            String kept = lowPorts ? "-all,+net_bind_service" : "-all";
            List<String> full = new ArrayList<>(List.of(
                    "setpriv",
                    "--reuid=" + uid,
                    "--regid=" + uid,
                    "--clear-groups",
                    "--no-new-privs",
                    "--inh-caps=" + kept,
                    "--ambient-caps=" + kept,
                    "--bounding-set=" + kept,
                    "--"));
            full.addAll(bare);
            return List.copyOf(full);
        }
    }
}
