package dev.oriel.core.image.inspect;

import static dev.oriel.core.image.inspect.RefusedImageException.require;

/**
 * Who uses which cluster of a qcow2 file. Without snapshots every cluster has one user, but for those that hold several
 * compressed ones. Two bytes per cluster of the file, at most {@value #MAX_CLUSTERS} clusters.
 */
final class ClusterUse {
    static final int MAX_CLUSTERS = 1 << 26;
    private static final short EXCLUSIVE = -1;
    /** Deflate shrinks to no less than 1/1032: more compressed clusters than this do not fit into one. */
    private static final int MOST_SHRUNK = 1032;

    private final short[] users;
    private final int clusterBits;
    private final int mostCompressed;

    ClusterUse(long fileLength, int clusterBits) throws RefusedImageException {
        long clusters = Math.ceilDiv(fileLength, 1L << clusterBits);
        require(clusters <= MAX_CLUSTERS, "It is divided into too many clusters: use larger ones.");
        this.users = new short[(int) clusters];
        this.clusterBits = clusterBits;
        int size = 1 << clusterBits;
        this.mostCompressed = size / Math.max(8, size / MOST_SHRUNK) + 2;
    }

    int clusters() {
        return users.length;
    }

    /** How many users the cluster has: what its refcount must be at least. */
    int of(int cluster) {
        return users[cluster] == EXCLUSIVE ? 1 : users[cluster];
    }

    /** Takes the {@code length} bytes at {@code offset} for one user alone. */
    void take(long offset, long length, String what) throws RefusedImageException {
        require(offset > 0 || what.equals("header"), "Its " + what + " lies on the header.");
        require((offset & ((1L << clusterBits) - 1)) == 0, "Its " + what + " is not aligned to a cluster.");
        long first = offset >>> clusterBits;
        long last = (offset + length - 1) >>> clusterBits;
        require(offset + length > 0 && last < users.length, "Its " + what + " is not inside the file.");
        for (int cluster = (int) first; cluster <= last; cluster++) {
            require(users[cluster] == 0, "Its " + what + " shares a cluster with something else.");
            users[cluster] = EXCLUSIVE;
        }
    }

    /** Takes the bytes from {@code offset} to {@code last}, both included, for one compressed cluster. */
    void takeCompressed(long offset, long last) throws RefusedImageException {
        for (int cluster = (int) (offset >>> clusterBits); cluster <= last >>> clusterBits; cluster++) {
            require(users[cluster] != EXCLUSIVE, "Compressed data share a cluster with something else.");
            users[cluster]++;
            require(users[cluster] <= mostCompressed, "More compressed data share a cluster than fit into one.");
        }
    }
}
