package dev.oriel.gateway.metrics;

/** Builds the Prometheus text format. Names and label values are the program's own words: nothing needs escaping. */
final class PrometheusText {
    private final StringBuilder text = new StringBuilder(2048);
    private String name = "";

    PrometheusText family(String family, String type, String help) {
        name = family;
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
        return this;
    }

    void sample(long value) {
        text.append(name).append(' ').append(value).append('\n');
    }

    void sample(String label, String labelValue, long value) {
        text.append(name).append('{').append(label).append("=\"").append(labelValue);
        text.append("\"} ").append(value).append('\n');
    }

    void bucket(String atMost, long value) {
        text.append(name)
                .append("_bucket{le=\"")
                .append(atMost)
                .append("\"} ")
                .append(value)
                .append('\n');
    }

    /** Ends a histogram. */
    void total(double sum, long count) {
        text.append(name).append("_sum ").append(sum).append('\n');
        text.append(name).append("_count ").append(count).append('\n');
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
