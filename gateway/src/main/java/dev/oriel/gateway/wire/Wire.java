package dev.oriel.gateway.wire;

import io.netty.channel.IoEventLoop;

/**
 * One connected stream socket that never blocks. A console has two of them and nothing else per connection, which is
 * what keeps an idle one small. Used on the thread of its event loop only.
 */
public interface Wire {
    /** Joins {@code loop}, whose thread calls; nothing is heard before {@link #want}. */
    void join(IoEventLoop loop, WireListener listener);

    /** Reads at most {@code most} bytes into {@code chunk} at {@code at}: how many, 0 for none now, -1 when it ended. */
    int receive(Chunk chunk, int at, int most);

    /** Writes from {@code chunk}: how many bytes the kernel took, 0 for none now, -1 when the connection is broken. */
    int send(Chunk chunk, int at, int length);

    /** What to hear of from now on: bytes to read, room to write. */
    void want(boolean read, boolean write);

    /** Says that nothing more will be sent; reading goes on. */
    void shutdownOutput();

    /** Harmless when closed. */
    void close();

    boolean isOpen();
}
