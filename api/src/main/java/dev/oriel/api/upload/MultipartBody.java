package dev.oriel.api.upload;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Takes a {@code multipart/form-data} body (RFC 7578) apart while it comes. Commons FileUpload reads the headers of
 * parts; its own search for the boundary looks at every byte, which costs more than everything else an upload costs
 * together. This one looks at one byte in as many as the boundary is long (Horspool, 1980). For one thread.
 */
final class MultipartBody {
    private static final int MAX_HEADERS = 8 << 10;
    private static final byte[] END_OF_HEADERS = {'\r', '\n', '\r', '\n'};

    private final InputStream in;
    private final byte[] delimiter;
    private final int[] skips = new int[256];
    private final byte[] buffer;
    private int head;
    private int tail;
    /** Content reaches from {@link #head} to here, as far as is known. */
    private int known;
    /** Whether the delimiter stands at {@link #known}. */
    private boolean atDelimiter;

    /** @param boundary as the content type names it, without the dashes before it */
    MultipartBody(InputStream in, byte[] boundary, int bufferSize) {
        this.in = in;
        delimiter = new byte[boundary.length + 4];
        System.arraycopy(new byte[] {'\r', '\n', '-', '-'}, 0, delimiter, 0, 4);
        System.arraycopy(boundary, 0, delimiter, 4, boundary.length);
        Arrays.fill(skips, delimiter.length);
        for (int i = 0; i < delimiter.length - 1; i++) {
            skips[delimiter[i] & 0xff] = delimiter.length - 1 - i;
        }
        buffer = new byte[Math.max(bufferSize, 2 * Math.max(delimiter.length, MAX_HEADERS))];
        // The first delimiter may stand at the very beginning, without a line before it.
        buffer[0] = '\r';
        buffer[1] = '\n';
        tail = 2;
    }

    /**
     * Goes on to the next part, over what is left of the one before; false behind the last.
     *
     * @throws OrielException bad-request, when the body is not what it should be or was cut off
     */
    boolean next() throws IOException {
        while (!atDelimiter) {
            head = known;
            more();
        }
        head = known + delimiter.length;
        atDelimiter = false;
        known = head;
        byte[] end = {take(), take()};
        if (end[0] == '-' && end[1] == '-') {
            return false;
        }
        if (end[0] != '\r' || end[1] != '\n') {
            throw broken();
        }
        return true;
    }

    /** The headers of this part, with the empty line behind them; asked for first. */
    String headers() throws IOException {
        byte[] headers = new byte[MAX_HEADERS];
        int length = 0;
        while (!endsHeaders(headers, length)) {
            if (length == MAX_HEADERS) {
                throw new OrielException(ErrorCode.BAD_REQUEST, "A part of the form has too many headers.");
            }
            headers[length++] = take();
        }
        search();
        return new String(headers, 0, length, StandardCharsets.UTF_8);
    }

    private static boolean endsHeaders(byte[] headers, int length) {
        boolean none = length == 2 && headers[0] == '\r' && headers[1] == '\n';
        boolean all = length >= END_OF_HEADERS.length
                && Arrays.equals(
                        headers, length - END_OF_HEADERS.length, length, END_OF_HEADERS, 0, END_OF_HEADERS.length);
        return none || all;
    }

    /** The content of this part, as it comes. Closing it does nothing. */
    InputStream content() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                return ready() ? buffer[head++] & 0xff : -1;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                if (length == 0) {
                    return 0;
                }
                if (!ready()) {
                    return -1;
                }
                int some = Math.min(length, known - head);
                System.arraycopy(buffer, head, into, offset, some);
                head += some;
                return some;
            }

            @Override
            public int available() throws IOException {
                return head < known || atDelimiter ? known - head : in.available();
            }
        };
    }

    /** Whether there is more content; waits for it. */
    private boolean ready() throws IOException {
        while (head == known && !atDelimiter) {
            more();
        }
        return head < known;
    }

    private byte take() throws IOException {
        if (head == tail) {
            fill();
        }
        known = head + 1;
        return buffer[head++];
    }

    private void more() throws IOException {
        fill();
        search();
    }

    /** Makes room behind what is left, and waits for at least one byte. */
    private void fill() throws IOException {
        System.arraycopy(buffer, head, buffer, 0, tail - head);
        tail -= head;
        known -= head;
        head = 0;
        int read = in.read(buffer, tail, buffer.length - tail);
        if (read < 0) {
            throw broken();
        }
        tail += read;
    }

    /** Looks for the delimiter in all there is. */
    private void search() {
        int last = delimiter.length - 1;
        int at = head;
        while (at + last < tail) {
            byte end = buffer[at + last];
            if (end == delimiter[last] && Arrays.equals(buffer, at, at + last, delimiter, 0, last)) {
                known = at;
                atDelimiter = true;
                return;
            }
            at += skips[end & 0xff];
        }
        // What is left may be the beginning of one.
        known = Math.max(head, tail - last);
    }

    private static OrielException broken() {
        return new OrielException(ErrorCode.BAD_REQUEST, "The multipart body is broken or was cut off.");
    }
}
