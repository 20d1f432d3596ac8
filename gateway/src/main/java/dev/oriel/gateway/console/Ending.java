package dev.oriel.gateway.console;

import dev.oriel.core.error.ErrorCode;

/**
 * Why a console ended.
 *
 * @param closeCode of the WebSocket close frame
 * @param reason its text, and the label in metrics: an error code's slug, or one of the constants here
 */
public record Ending(int closeCode, String reason) {
    /** The viewer closed the WebSocket. */
    static final Ending VIEWER_LEFT = new Ending(1000, "viewer-left");
    /** The viewer's connection broke without a close frame, or it no longer answers. */
    static final Ending CONNECTION_LOST = new Ending(1006, "connection-lost");

    public static Ending of(ErrorCode code) {
        return new Ending(code.closeCode(), code.slug());
    }

    /** The viewer broke RFC 6455. */
    static Ending frameViolation(int closeCode) {
        return new Ending(closeCode, "websocket-protocol");
    }
}
