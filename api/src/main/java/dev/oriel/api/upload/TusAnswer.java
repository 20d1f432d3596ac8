package dev.oriel.api.upload;

import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * What the tus library answers, held back: an answer that turns out to be a problem must have nothing of it, neither the
 * offset of a piece that was thrown away nor a length. For one request.
 */
final class TusAnswer extends HttpServletResponseWrapper {
    private final TreeMap<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private OptionalInt status = OptionalInt.empty();

    TusAnswer(HttpServletResponse response) {
        super(response);
    }

    /** Empty when the library said nothing at all. */
    OptionalInt status() {
        return status;
    }

    /** As the library set it. */
    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    /** Sends it on: the first that the client may see of it. */
    void send(HttpServletResponse response) {
        headers.forEach(response::setHeader);
        status.ifPresent(response::setStatus);
    }

    @Override
    public void setStatus(int code) {
        status = OptionalInt.of(code);
    }

    @Override
    public void sendError(int code) {
        setStatus(code);
    }

    @Override
    public void sendError(int code, String message) {
        setStatus(code);
    }

    @Override
    public void setHeader(String name, String value) {
        headers.put(name, value);
    }

    @Override
    public void addHeader(String name, String value) {
        setHeader(name, value);
    }
}
