package dev.oriel.app.cli;

/** Exit codes by class of error. Picocli's own 2 stands for a wrong command line. */
enum ExitClass {
    OTHER(1, "something else went wrong"),
    FORBIDDEN(3, "not signed in, or not allowed"),
    NOT_FOUND(4, "there is no such thing"),
    REFUSED(5, "the request was refused: quota, name in use, wrong state, bad input"),
    UNAVAILABLE(6, "the server does not answer or cannot now"),
    TOO_MANY(7, "too many requests");

    private final int code;
    private final String meaning;

    ExitClass(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    int code() {
        return code;
    }

    String meaning() {
        return meaning;
    }

    /** The class of an HTTP status from 400 on; {@code problem} is the body's code. */
    static ExitClass of(int status, String problem) {
        if (problem.equals("quota-exceeded")) {
            return REFUSED;
        }
        return switch (status) {
            case 401, 403 -> FORBIDDEN;
            case 404 -> NOT_FOUND;
            case 429 -> TOO_MANY;
            default -> status >= 500 ? UNAVAILABLE : REFUSED;
        };
    }
}
