package dev.oriel.api.account;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/** What an API token may do. Never more than its owner: a scope narrows, it gives nothing. */
public enum Scope {
    /** Look at VMs, sessions and usage. */
    VM_READ("vm:read"),
    /** Make, change and delete VMs. */
    VM_WRITE("vm:write"),
    /** Open consoles and end sessions. */
    CONSOLE("console"),
    /** List and download files. */
    FILES_READ("files:read"),
    /** Upload and delete files. */
    FILES_WRITE("files:write"),
    /** Use the role of an operator or administrator; without it a token acts as a plain user. */
    ADMIN("admin");

    private final String slug;

    Scope(String slug) {
        this.slug = slug;
    }

    /** The form in JSON and in the database. */
    @JsonValue
    public String slug() {
        return slug;
    }

    /**
     * The scope with this slug.
     *
     * @throws IllegalArgumentException when there is none, naming those that there are
     */
    @JsonCreator
    public static Scope of(String slug) {
        return Arrays.stream(values())
                .filter(scope -> scope.slug.equals(slug))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("a scope is one of " + slugs(Set.of(values()))));
    }

    /** Everything a plain user may do. */
    public static Set<Scope> ofUsers() {
        return EnumSet.complementOf(EnumSet.of(ADMIN));
    }

    /** Separated by spaces, in the order of their declaration. */
    public static String slugs(Set<Scope> scopes) {
        return Arrays.stream(values()).filter(scopes::contains).map(Scope::slug).collect(Collectors.joining(" "));
    }

    /** Reads what {@link #slugs} wrote. */
    public static Set<Scope> ofSlugs(String slugs) {
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (String slug : slugs.split(" ", -1)) {
            if (!slug.isEmpty()) {
                scopes.add(of(slug));
            }
        }
        return scopes;
    }
}
