package dev.oriel.app.redis;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Asks a Redis server simple questions, for start-up and checks. Not thread-safe. */
final class RedisProbe implements AutoCloseable {
    private static final int LIMIT_MILLIS = 1000;

    private final Socket socket;
    private final BufferedReader reader;

    private RedisProbe(Socket socket) throws IOException {
        this.socket = socket;
        this.reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    static RedisProbe connect(int port) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), LIMIT_MILLIS);
            socket.setSoTimeout(LIMIT_MILLIS);
            return new RedisProbe(socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Sends one command and returns the answer: a text, or else the first line as it stands in the protocol. */
    String ask(String... words) throws IOException {
        StringBuilder request = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            request.append('$')
                    .append(word.getBytes(StandardCharsets.UTF_8).length)
                    .append("\r\n")
                    .append(word)
                    .append("\r\n");
        }
        socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.UTF_8));
        String line = reader.readLine();
        if (line == null) {
            throw new IOException("Redis closed the connection");
        }
        boolean text = line.startsWith("$") && !line.equals("$-1");
        return text ? String.valueOf(reader.readLine()) : line;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
