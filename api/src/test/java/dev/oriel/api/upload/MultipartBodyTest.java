package dev.oriel.api.upload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.core.error.OrielException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MultipartBodyTest {
    private static final String BOUNDARY = "--aab--aab";
    private static final int BUFFER = 1;

    private final Random random = new Random(7);

    @Test
    void anyContent_comesOutAsItWentIn_howeverItArrives() throws IOException {
        for (int round = 0; round < 200; round++) {
            List<byte[]> parts = new ArrayList<>();
            for (int i = random.nextInt(4); i >= 0; i--) {
                parts.add(content());
            }
            MultipartBody body = open(trickling(form(parts)));
            for (byte[] part : parts) {
                assertThat(body.next()).isTrue();
                assertThat(body.headers()).isEqualTo("Content-Disposition: form-data; name=\"f\"\r\n\r\n");
                assertThat(body.content().readAllBytes()).isEqualTo(part);
            }
            assertThat(body.next()).isFalse();
        }
    }

    @Test
    void preamble_andWhatNobodyReads_areSkipped() throws IOException {
        byte[] form = form(List.of(new byte[50_000], "two".getBytes(StandardCharsets.US_ASCII)));
        MultipartBody body = open(new ByteArrayInputStream(join(bytes("hello\r\n--aa"), bytes("\r\n"), form)));
        assertThat(body.next()).isTrue();
        assertThat(body.headers()).isNotEmpty();
        assertThat(body.content().readNBytes(10)).hasSize(10);
        assertThat(body.next()).isTrue();
        assertThat(body.headers()).isNotEmpty();
        assertThat(body.content().readAllBytes()).isEqualTo(bytes("two"));
    }

    @Test
    void bodyCutOffAnywhere_isRefused() throws IOException {
        byte[] form = form(List.of(bytes("one"), bytes("two\r\n--")));
        for (int length = 0; length < form.length - 2; length++) {
            MultipartBody body = open(new ByteArrayInputStream(form, 0, length));
            assertThatThrownBy(() -> readAll(body)).as("%d bytes", length).isInstanceOf(OrielException.class);
        }
        assertThat(readAll(open(new ByteArrayInputStream(form)))).isEqualTo(2);
    }

    @Test
    void endlessHeaders_andTextBehindTheBoundary_areRefused() throws IOException {
        MultipartBody endless = open(new ByteArrayInputStream(join(bytes("--" + BOUNDARY + "\r\n"), new byte[20_000])));
        assertThat(endless.next()).isTrue();
        assertThatThrownBy(endless::headers).isInstanceOf(OrielException.class);
        MultipartBody odd = open(new ByteArrayInputStream(bytes("--" + BOUNDARY + "oops\r\n\r\n")));
        assertThatThrownBy(odd::next).isInstanceOf(OrielException.class);
    }

    @Test
    void partWithoutHeaders_hasNone() throws IOException {
        MultipartBody body =
                open(new ByteArrayInputStream(bytes("--" + BOUNDARY + "\r\n\r\nx\r\n--" + BOUNDARY + "--")));
        assertThat(body.next()).isTrue();
        assertThat(body.headers()).isEqualTo("\r\n");
        assertThat(body.content().readAllBytes()).isEqualTo(bytes("x"));
        assertThat(body.next()).isFalse();
    }

    private static int readAll(MultipartBody body) throws IOException {
        int parts = 0;
        while (body.next()) {
            assertThat(body.headers()).isNotEmpty();
            body.content().readAllBytes();
            parts++;
        }
        return parts;
    }

    private static MultipartBody open(InputStream in) {
        return new MultipartBody(in, bytes(BOUNDARY), BUFFER);
    }

    /** Full of almost-boundaries, and now and then larger than any buffer. */
    private byte[] content() throws IOException {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        int pieces = random.nextInt(random.nextInt(20) == 0 ? 8000 : 30);
        for (int i = 0; i < pieces; i++) {
            String almost = "\r\n--" + BOUNDARY.substring(0, random.nextInt(BOUNDARY.length()));
            content.write(bytes(random.nextBoolean() ? almost + "." : "\r\n-a"));
        }
        return content.toByteArray();
    }

    private static byte[] form(List<byte[]> parts) throws IOException {
        ByteArrayOutputStream form = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            form.write(bytes("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n"));
            form.write(part);
            form.write(bytes("\r\n"));
        }
        form.write(bytes("--" + BOUNDARY + "--\r\n"));
        return form.toByteArray();
    }

    /** Gives a few bytes at a time, as a network does. */
    private InputStream trickling(byte[] bytes) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                int most = random.nextInt(10) == 0 ? 9000 : 60;
                return super.read(into, offset, Math.min(length, 1 + random.nextInt(most)));
            }
        };
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
