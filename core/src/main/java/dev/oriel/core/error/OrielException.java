package dev.oriel.core.error;

import java.util.Map;

/**
 * A failure with an {@link ErrorCode}, for the one mapper of each protocol. The message becomes the problem's {@code
 * detail}: written for the caller, never with a path, stderr or SQL in it.
 */
public class OrielException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final transient Map<String, Object> extra;

    public OrielException(ErrorCode code, String detail) {
        this(code, detail, Map.of());
    }

    /** {@code extra} members go into the problem beside code and detail: {@code state}, {@code allowed}, {@code errors}. */
    public OrielException(ErrorCode code, String detail, Map<String, Object> extra) {
        super(detail);
        this.code = code;
        this.extra = Map.copyOf(extra);
    }

    /** Keeps the cause for the log; it never reaches the caller. */
    public OrielException(ErrorCode code, String detail, Throwable cause) {
        super(detail, cause);
        this.code = code;
        this.extra = Map.of();
    }

    public ErrorCode code() {
        return code;
    }

    public Map<String, Object> extra() {
        return extra;
    }
}
