package dev.oriel.bench.gateway;

/** One column of the table. */
enum Metric {
    STREAM_RATE("1 stream, GB/s", false),
    STREAM_CPU("1 stream, CPU s/GB", true),
    STREAMS_RATE("64 streams, GB/s", false),
    STREAMS_CPU("64 streams, CPU s/GB", true),
    MESSAGE_CPU("CPU µs per 200 B message and its answer", true),
    ROUND_TRIP("round trip p50, µs", false),
    DESKTOPS_CPU("64 × 20 KB at 30/s, % of a core", true),
    CONNECTION_CPU("CPU µs per connection", true),
    IDLE_MEMORY("KB per idle connection", true),
    CALM_KEPT("400 consoles at 10/s, % of pictures that came", false),
    CALM_CPU("400 consoles at 10/s, % of a core", true),
    STUCK_MEMORY("KB per stuck reader", true),
    STUCK_SLOPE("stuck reader, KB more per minute", false);

    private final String title;
    private final boolean compared;

    Metric(String title, boolean compared) {
        this.title = title;
        this.compared = compared;
    }

    String title() {
        return title;
    }

    /** Whether ratios against the gateway are worth a line: less is better. */
    boolean compared() {
        return compared;
    }
}
