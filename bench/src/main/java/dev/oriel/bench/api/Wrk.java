package dev.oriel.bench.api;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Load by {@code wrk}: one thread of C is cheap enough to stand beside what it measures. */
final class Wrk {
    private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([0-9.]+)");
    private static final Pattern P99 = Pattern.compile("99%\\s+([0-9.]+)(us|ms|s)");
    private static final Pattern ERRORS = Pattern.compile("Non-2xx[^\\n]*|Socket errors[^\\n]*");

    private final Path script;
    private final int connections;

    private Wrk(Path script, int connections) {
        this.script = script;
        this.connections = connections;
    }

    /** @param p99 milliseconds */
    record Result(double perSecond, double p99) {}

    static boolean possible() {
        return Programs.has("wrk");
    }

    /** Requests on behalf of these users in turn. */
    static Wrk as(List<BenchUser> users, Path directory, int connections) throws IOException {
        StringBuilder tokens = new StringBuilder();
        users.forEach(user -> tokens.append("  \"Bearer ").append(user.token()).append("\",\n"));
        Path script = Files.writeString(directory.resolve("wrk.lua"), """
                local tokens = {
                %s}
                local next = 0
                request = function()
                  next = next %% #tokens + 1
                  wrk.headers["Authorization"] = tokens[next]
                  return wrk.format()
                end
                """.formatted(tokens));
        return new Wrk(script, connections);
    }

    /** Asks for this address as fast as answers come. */
    Result run(URI address, Duration time) throws IOException {
        String output = Programs.output(
                List.of(
                        "/usr/bin/wrk",
                        "-t1",
                        "-c" + connections,
                        "-d" + Math.max(1, time.toSeconds()),
                        "--timeout",
                        "10s",
                        "--latency",
                        "-s",
                        script.toString(),
                        address.toString()),
                time.plusSeconds(20));
        Matcher errors = ERRORS.matcher(output);
        if (errors.find()) {
            throw new IOException(address + ": " + errors.group());
        }
        return new Result(Double.parseDouble(found(RATE, output).group(1)), millis(found(P99, output)));
    }

    private static Matcher found(Pattern pattern, String output) throws IOException {
        Matcher matcher = pattern.matcher(output);
        if (!matcher.find()) {
            throw new IOException("wrk says something odd: " + output);
        }
        return matcher;
    }

    private static double millis(Matcher number) {
        double value = Double.parseDouble(number.group(1));
        return switch (number.group(2)) {
            case "us" -> value / 1000;
            case "s" -> value * 1000;
            default -> value;
        };
    }
}
