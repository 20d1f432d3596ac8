package dev.oriel.api.usage;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** What happens when a budget is spent. */
enum BudgetAction {
    /** Nothing more than being told. */
    @JsonProperty("warn")
    WARN,
    /** Running VMs are suspended, and no more can be started. */
    @JsonProperty("suspend")
    SUSPEND,
    /** Running VMs are stopped, and no more can be started. */
    @JsonProperty("stop")
    STOP;

    String slug() {
        return name().toLowerCase(Locale.ROOT);
    }

    static BudgetAction of(String slug) {
        return valueOf(slug.toUpperCase(Locale.ROOT));
    }
}
