package dev.oriel.core.error;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Everything that can go wrong in a way a caller should know, once: as HTTP problem (RFC 9457 {@code code}, title,
 * status), as WebSocket close code (RFC 6455, 4000–4999 are ours), and what the reader can do about it.
 */
public enum ErrorCode {
    BAD_REQUEST("Bad request", 400, 1002, "Check the request against /docs."),
    UNAUTHENTICATED("Not signed in", 401, 4401, "Sign in, or send a valid token."),
    BAD_CREDENTIALS("Wrong user name or password", 401, 4401, "Check both and try again."),
    SECOND_FACTOR_REQUIRED("Code needed", 401, 4401, "Send the code of your authenticator app, or a recovery code."),
    FORBIDDEN("Not allowed", 403, 4403, "Your role does not allow this."),
    CROSS_SITE("Cross-site request refused", 403, 4403, "Send it from Oriel's own pages, or use a token."),
    QUOTA_EXCEEDED("Quota exceeded", 403, 4403, "Stop or delete something, or ask for a larger quota."),
    REGISTRATION_CLOSED("Registration is closed", 403, 4403, "Ask an administrator for an account."),
    NOT_FOUND("Not found", 404, 4404, "Check the id; it may have been deleted."),
    METHOD_NOT_ALLOWED("Method not allowed", 405, 1002, "See the Allow header."),
    NOT_ACCEPTABLE("Not acceptable", 406, 1002, "Ask for application/json."),
    NAME_IN_USE("Name in use", 409, 1008, "Choose another name."),
    STATE_CONFLICT("Not possible in this state", 409, 1008, "See 'allowed' for what is possible now."),
    STALE_GENERATION("Overtaken by a newer request", 409, 1008, "Nothing to do: a newer request is at work."),
    PRECONDITION_FAILED("Changed meanwhile", 412, 1008, "Read it again, then change it."),
    TOO_LARGE("Too large", 413, 1009, "Send less."),
    UNSUPPORTED_MEDIA_TYPE("Unsupported media type", 415, 1003, "Send application/json."),
    UNKNOWN_TEMPLATE("Unknown template", 422, 1008, "See GET /vm/templates."),
    BAD_IMAGE("Image refused", 422, 1008, "See 'detail' for what is wrong with the image."),
    IDEMPOTENCY_MISMATCH("Idempotency key reused", 422, 1008, "Use a new Idempotency-Key for another request."),
    LOCKED("Being written", 423, 1008, "Ask in a moment how far it is, and go on there."),
    RATE_LIMITED("Too many requests", 429, 4429, "Wait as long as Retry-After says."),
    CHECKSUM_MISMATCH("Damaged on its way", 460, 1008, "Send the same piece again."),
    INTERNAL("Internal error", 500, 1011, "Try again; tell the operator the requestId if it stays."),
    TEMPLATE_NOT_READY("Template is not ready", 503, 1013, "Wait until its progress is 100."),
    NO_CAPACITY("No host has room", 503, 1013, "Try again later."),
    HOST_UNREACHABLE("Host does not answer", 503, 1013, "Try again in a moment."),
    UNAVAILABLE("Temporarily unavailable", 503, 1013, "Try again in a moment."),
    INSUFFICIENT_STORAGE("Not enough disk space", 507, 1013, "Delete something, or ask the operator for space."),
    TICKET_REFUSED("Console ticket refused", 403, 4403, "Open the console again: tickets last 30 s and work once."),
    ORIGIN_REFUSED("Origin refused", 403, 4403, "Open the console from Oriel's own address."),
    CONSOLE_LIMIT("Too many consoles", 429, 4429, "Close another console of this VM."),
    SESSION_ENDED("Session ended", 403, 4001, "Open the console again."),
    CONSOLE_REVOKED("Access withdrawn", 403, 4003, "Sign in again."),
    CONSOLE_KICKED("Removed from the console", 403, 4004, "Ask the owner of this desktop to let you in again."),
    SHARE_ENDED("The share link has ended", 403, 4005, "Ask for a new link."),
    VM_GONE("The VM is not running", 409, 4002, "Start the VM and open the console again."),
    VIEWER_TOO_SLOW("Viewer too slow", 408, 4008, "Check your connection; the page reconnects by itself."),
    RFB_PROTOCOL("Console protocol error", 400, 4010, "The client sent something that is not RFB 3.8."),
    SHUTTING_DOWN("Restarting", 503, 1012, "The page reconnects by itself.");

    private final String title;
    private final int status;
    private final int closeCode;
    private final String hint;

    ErrorCode(String title, int status, int closeCode, String hint) {
        this.title = title;
        this.status = status;
        this.closeCode = closeCode;
        this.hint = hint;
    }

    /** The stable machine-readable name: {@code quota-exceeded}. */
    public String slug() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public String title() {
        return title;
    }

    /** HTTP status. */
    public int status() {
        return status;
    }

    /** WebSocket close code. */
    public int closeCode() {
        return closeCode;
    }

    /** What the reader can do about it. */
    public String hint() {
        return hint;
    }

    /** The code with this slug, if there is one. */
    public static Optional<ErrorCode> ofSlug(String slug) {
        return Arrays.stream(values()).filter(code -> code.slug().equals(slug)).findFirst();
    }
}
