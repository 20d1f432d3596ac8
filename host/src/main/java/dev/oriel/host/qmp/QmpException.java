package dev.oriel.host.qmp;

import java.io.IOException;

/** A QMP call that brought no result. The message is for the log: it may hold paths and QEMU's own words. */
public final class QmpException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Why a call brought no result. */
    public enum Kind {
        /** QEMU answered with an error; the connection lives on. */
        REFUSED,
        /** No answer before the deadline; the connection lives on and a late answer is dropped. */
        TIMED_OUT,
        /** The connection is over: closed, or never made. */
        DISCONNECTED,
        /** The connection is over: what came was no QMP. Whoever speaks there is not to be trusted. */
        NONSENSE
    }

    private final Kind kind;

    QmpException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** For a caller that found another machine than it looked for behind a socket. */
    public static QmpException wrongMachine() {
        return new QmpException(Kind.DISCONNECTED, "another machine answers on this socket");
    }

    /** For a caller that has no connection yet. */
    public static QmpException notConnected() {
        return new QmpException(Kind.DISCONNECTED, "QMP is not connected");
    }

    /** For a caller that waited longer than it wanted to. */
    public static QmpException timedOut(String what) {
        return new QmpException(Kind.TIMED_OUT, what + " did not come in time");
    }

    public Kind kind() {
        return kind;
    }
}
