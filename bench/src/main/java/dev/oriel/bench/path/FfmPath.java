package dev.oriel.bench.path;

import dev.oriel.gateway.wire.Chunk;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One epoll set through the foreign function interface, one thread. */
final class FfmPath {
    private final Path target;
    private final int epoll = Linux.epoll();
    private @Nullable FfmPort[] ports = new FfmPort[1024];

    FfmPath(Path target) {
        this.target = target;
    }

    void serve(int port) {
        int door = Linux.listen(port);
        Linux.watch(epoll, Linux.ADD, door, Linux.IN);
        while (true) {
            int ready = Linux.await(epoll);
            for (int i = 0; i < ready; i++) {
                int fd = Linux.readyFd(i);
                if (fd == door) {
                    accept(door);
                } else {
                    FfmPort one = ports[fd];
                    if (one != null) {
                        one.ready(Linux.readyEvents(i));
                    }
                }
            }
        }
    }

    private void accept(int door) {
        int fd = Linux.accept(door);
        if (fd >= 0) {
            var _ = new Pair(port(fd), () -> port(Linux.connect(target)));
        }
    }

    private FfmPort port(int fd) {
        if (fd >= ports.length) {
            ports = Arrays.copyOf(ports, fd * 2);
        }
        FfmPort port = new FfmPort(fd);
        ports[fd] = port;
        Linux.watch(epoll, Linux.ADD, fd, 0);
        return port;
    }

    private final class FfmPort extends Port {
        private final int fd;
        private int wanted;

        FfmPort(int fd) {
            this.fd = fd;
        }

        void ready(int events) {
            if ((events & Linux.OUT) != 0) {
                owner().writable();
            }
            if ((events & ~Linux.OUT) != 0 && ports[fd] == this) {
                owner().readable();
            }
        }

        @Override
        int receive(Chunk chunk, int at, int most) {
            int count = Linux.receive(fd, MemorySegment.ofAddress(chunk.address() + at), most);
            return count > 0 ? count : count == Linux.AGAIN ? 0 : -1;
        }

        @Override
        int send(Chunk chunk, int at, int length) {
            int count = Linux.send(fd, MemorySegment.ofAddress(chunk.address() + at), length);
            return count >= 0 ? count : count == Linux.AGAIN ? 0 : -1;
        }

        @Override
        void want(boolean read, boolean write) {
            int now = (read ? Linux.IN : 0) | (write ? Linux.OUT : 0);
            if (now != wanted) {
                wanted = now;
                Linux.watch(epoll, Linux.CHANGE, fd, now);
            }
        }

        @Override
        void close() {
            ports[fd] = null;
            Linux.watch(epoll, Linux.DELETE, fd, 0);
            Linux.close(fd);
        }
    }
}
