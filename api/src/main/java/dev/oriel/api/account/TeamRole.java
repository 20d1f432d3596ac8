package dev.oriel.api.account;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** What a member may do with what a team owns; each role may do what those before it may. */
public enum TeamRole {
    /** Looks: at VMs and their screens, files, usage and members. */
    @JsonProperty("viewer")
    VIEWER,
    /** Makes, uses and deletes VMs and files. */
    @JsonProperty("member")
    MEMBER,
    /** Also says who belongs to the team. */
    @JsonProperty("manager")
    MANAGER;

    /** The form in JSON and in the database. */
    public String slug() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The role with this slug.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static TeamRole of(String slug) {
        return valueOf(slug.toUpperCase(Locale.ROOT));
    }

    /** Whether this role may do what {@code other} may. */
    public boolean atLeast(TeamRole other) {
        return compareTo(other) >= 0;
    }
}
