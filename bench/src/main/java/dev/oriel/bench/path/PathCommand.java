package dev.oriel.bench.path;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** One of the ways of moving bytes, as a process of its own. */
@Command(name = "path", hidden = true, mixinStandardHelpOptions = true)
public final class PathCommand implements Callable<Integer> {
    /** The ways, by the name that is asked for. */
    public enum Way {
        NETTY("Netty channels, own frames"),
        NIO("JDK selector"),
        FFM("epoll by FFM");

        private final String title;

        Way(String title) {
            this.title = title;
        }

        /** As the table says it. */
        public String title() {
            return title;
        }
    }

    @Option(names = "--way", required = true)
    private Way way = Way.NIO;

    @Option(names = "--unix", required = true)
    private Path unix = Path.of("");

    @Option(names = "--port", required = true)
    private int port;

    @Override
    public Integer call() throws IOException {
        switch (way) {
            case NETTY -> new NettyPath(unix).serve(port);
            case NIO -> new NioPath(unix).serve(port);
            case FFM -> new FfmPath(unix).serve(port);
        }
        return 0;
    }
}
