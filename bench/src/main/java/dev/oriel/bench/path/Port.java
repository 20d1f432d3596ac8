package dev.oriel.bench.path;

import dev.oriel.gateway.wire.Chunk;

/** One socket as one of the ways of moving bytes sees it. */
abstract class Port {
    /** Who hears of this socket. */
    interface Owner {
        void readable();

        void writable();
    }

    private Owner owner = new Owner() {
        @Override
        public void readable() {
            // Nobody yet.
        }

        @Override
        public void writable() {
            // Nobody yet.
        }
    };

    void ownedBy(Owner whom) {
        owner = whom;
    }

    Owner owner() {
        return owner;
    }

    /** How many bytes came, 0 for none now, -1 when it ended. */
    abstract int receive(Chunk chunk, int at, int most);

    /** How many bytes were taken, -1 when it is broken. */
    abstract int send(Chunk chunk, int at, int length);

    abstract void want(boolean read, boolean write);

    abstract void close();
}
