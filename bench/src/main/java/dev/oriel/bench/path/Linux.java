package dev.oriel.bench.path;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** System calls through the foreign function interface; a result below zero is a negative errno. One thread. */
@SuppressWarnings("restricted") // system calls are what this is about
final class Linux {
    static final int IN = 1;
    static final int OUT = 4;
    static final int ADD = 1;
    static final int DELETE = 2;
    static final int CHANGE = 3;
    static final int AGAIN = -11;

    private static final int UNIX = 1;
    private static final int INET = 2;
    private static final int STREAM = 1;
    private static final int NONBLOCK = 0x800;
    private static final int NO_SIGNAL = 0x4000;
    private static final int EVENTS = 256;
    /** Packed on x86-64 only. */
    private static final int EVENT_SIZE = System.getProperty("os.arch", "").equals("amd64") ? 12 : 16;

    private static final int EVENT_DATA = EVENT_SIZE - 8;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MemorySegment CAPTURED = Arena.global().allocate(STATE);
    private static final MemorySegment EVENT = Arena.global().allocate(16, 8);
    private static final MemorySegment READY = Arena.global().allocate((long) EVENTS * EVENT_SIZE, 8);

    private static final MethodHandle RECV = call("recv", true, ValueLayout.JAVA_LONG, "ipli");
    private static final MethodHandle SEND = call("send", true, ValueLayout.JAVA_LONG, "ipli");
    private static final MethodHandle CLOSE = call("close", true, ValueLayout.JAVA_INT, "i");
    private static final MethodHandle CONTROL = call("epoll_ctl", true, ValueLayout.JAVA_INT, "iiip");
    private static final MethodHandle WAIT = call("epoll_wait", false, ValueLayout.JAVA_INT, "ipii");
    private static final MethodHandle CREATE = call("epoll_create1", true, ValueLayout.JAVA_INT, "i");
    private static final MethodHandle SOCKET = call("socket", true, ValueLayout.JAVA_INT, "iii");
    private static final MethodHandle BIND = call("bind", true, ValueLayout.JAVA_INT, "ipi");
    private static final MethodHandle LISTEN = call("listen", true, ValueLayout.JAVA_INT, "ii");
    private static final MethodHandle CONNECT = call("connect", true, ValueLayout.JAVA_INT, "ipi");
    private static final MethodHandle ACCEPT = call("accept4", true, ValueLayout.JAVA_INT, "ippi");
    private static final MethodHandle OPTION = call("setsockopt", true, ValueLayout.JAVA_INT, "iiipi");

    private Linux() {}

    /** {@code quick}: returns at once, so the JVM need not know that the thread is outside. */
    private static MethodHandle call(String name, boolean quick, MemoryLayout result, String arguments) {
        MemoryLayout[] layouts = arguments
                .chars()
                .mapToObj(kind -> switch (kind) {
                    case 'i' -> ValueLayout.JAVA_INT;
                    case 'l' -> ValueLayout.JAVA_LONG;
                    default -> ValueLayout.ADDRESS;
                })
                .toArray(MemoryLayout[]::new);
        Linker.Option state = Linker.Option.captureCallState("errno");
        Linker.Option[] options =
                quick ? new Linker.Option[] {state, Linker.Option.critical(false)} : new Linker.Option[] {state};
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, layouts), options);
    }

    private static int error() {
        return -(int) ERRNO.get(CAPTURED, 0L);
    }

    private static RuntimeException impossible(Throwable cause) {
        return new IllegalStateException("a system call could not be made", cause);
    }

    static int receive(int fd, MemorySegment memory, int most) {
        try {
            long count = (long) RECV.invokeExact(CAPTURED, fd, memory, (long) most, 0);
            return count >= 0 ? (int) count : error();
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int send(int fd, MemorySegment memory, int length) {
        try {
            long count = (long) SEND.invokeExact(CAPTURED, fd, memory, (long) length, NO_SIGNAL);
            return count >= 0 ? (int) count : error();
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static void close(int fd) {
        try {
            var _ = (int) CLOSE.invokeExact(CAPTURED, fd);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int epoll() {
        try {
            return (int) CREATE.invokeExact(CAPTURED, 0);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static void watch(int epoll, int operation, int fd, int events) {
        EVENT.set(ValueLayout.JAVA_INT, 0, events);
        EVENT.set(ValueLayout.JAVA_LONG_UNALIGNED, EVENT_DATA, fd);
        try {
            var _ = (int) CONTROL.invokeExact(CAPTURED, epoll, operation, fd, EVENT);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** Waits for ever; how many events there are for {@link #readyFd} and {@link #readyEvents}. */
    static int await(int epoll) {
        try {
            return (int) WAIT.invokeExact(CAPTURED, epoll, READY, EVENTS, -1);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int readyFd(int index) {
        return (int) READY.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) index * EVENT_SIZE + EVENT_DATA);
    }

    static int readyEvents(int index) {
        return READY.get(ValueLayout.JAVA_INT_UNALIGNED, (long) index * EVENT_SIZE);
    }

    static int listen(int port) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(16);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) INET);
            address.set(ValueLayout.JAVA_SHORT, 2, Short.reverseBytes((short) port));
            address.set(ValueLayout.JAVA_INT, 4, Integer.reverseBytes(0x7F000001));
            int fd = (int) SOCKET.invokeExact(CAPTURED, INET, STREAM | NONBLOCK, 0);
            int bound = (int) BIND.invokeExact(CAPTURED, fd, address, 16);
            int listening = (int) LISTEN.invokeExact(CAPTURED, fd, 1024);
            if (bound < 0 || listening < 0) {
                throw new IllegalStateException("port " + port + " cannot be had");
            }
            return fd;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int accept(int door) {
        try (Arena arena = Arena.ofConfined()) {
            int fd = (int) ACCEPT.invokeExact(CAPTURED, door, MemorySegment.NULL, MemorySegment.NULL, NONBLOCK);
            if (fd >= 0) {
                MemorySegment yes = arena.allocate(ValueLayout.JAVA_INT);
                yes.set(ValueLayout.JAVA_INT, 0, 1);
                var _ = (int) OPTION.invokeExact(CAPTURED, fd, 6, 1, yes, 4);
            }
            return fd;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int connect(Path path) {
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(110);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) UNIX);
            MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, 2, name.length);
            int fd = (int) SOCKET.invokeExact(CAPTURED, UNIX, STREAM | NONBLOCK, 0);
            int connected = (int) CONNECT.invokeExact(CAPTURED, fd, address, 110);
            if (connected < 0) {
                throw new IllegalStateException("errno " + error());
            }
            return fd;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }
}
