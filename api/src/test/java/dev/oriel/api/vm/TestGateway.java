package dev.oriel.api.vm;

import com.sun.net.httpserver.HttpServer;
import dev.oriel.core.console.OpenConsole;
import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What a gateway says of its open consoles, of which a test decides; it may also be there and say nothing. */
final class TestGateway implements AutoCloseable {
    private final HttpServer server;
    private final List<OpenConsole> consoles = new CopyOnWriteArrayList<>();
    private volatile boolean silent;

    TestGateway() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext(OpenConsole.PATH, exchange -> {
            byte[] body = OrielJson.mapper().writeValueAsBytes(consoles);
            boolean known = ("Bearer " + TestHost.SECRET)
                    .equals(exchange.getRequestHeaders().getFirst("Authorization"));
            exchange.sendResponseHeaders(silent ? 503 : known ? 200 : 401, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Open from now on. */
    List<OpenConsole> consoles() {
        return consoles;
    }

    /** Whether it gives no answer that helps, as one that is overloaded or just starts. */
    void silent(boolean now) {
        silent = now;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
