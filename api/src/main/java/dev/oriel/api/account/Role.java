package dev.oriel.api.account;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** What an account may do beyond its own VMs; each role may do what those before it may. */
public enum Role {
    /** Own VMs, files and consoles. */
    @JsonProperty("user")
    USER,
    /** Also sees everybody's sessions and the state of hosts. */
    @JsonProperty("operator")
    OPERATOR,
    /** Everything, also other people's accounts. */
    @JsonProperty("admin")
    ADMIN;

    /** The form in JSON, in tokens and in the database. */
    public String slug() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The role with this slug.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static Role of(String slug) {
        return valueOf(slug.toUpperCase(Locale.ROOT));
    }

    /** Whether this role may do what {@code other} may. */
    public boolean atLeast(Role other) {
        return compareTo(other) >= 0;
    }
}
