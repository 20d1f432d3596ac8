package dev.oriel.host.qemu;

/**
 * What guest code runs on here.
 *
 * @param reason why not something better, or how it was proved: one sentence for operators
 */
public record Accelerator(Kind kind, String reason) {
    /** QEMU's name for it, in lower case, is its {@link #word}. */
    public enum Kind {
        KVM("kvm", "kvm", "host"),
        TCG("tcg", "tcg,thread=multi", "max");

        private final String word;
        private final String option;
        private final String cpu;

        Kind(String word, String option, String cpu) {
            this.word = word;
            this.option = option;
            this.cpu = cpu;
        }

        public String word() {
            return word;
        }

        /** The value of {@code -accel}. */
        String option() {
            return option;
        }

        /** The value of {@code -cpu}. */
        String cpu() {
            return cpu;
        }
    }
}
