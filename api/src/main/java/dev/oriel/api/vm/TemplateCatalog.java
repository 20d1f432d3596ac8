package dev.oriel.api.vm;

import dev.oriel.core.account.UserId;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import java.util.List;
import java.util.Optional;

/** The templates that people made, as far as somebody may use them. */
public interface TemplateCatalog {
    /**
     * The newest version of one.
     *
     * @param name with its tag
     * @param visibility {@code public} or {@code private}
     * @param doing what is being done for it before any host hears of it
     */
    record Listed(
            TemplateName name,
            String visibility,
            int version,
            String title,
            String description,
            int cpus,
            Bytes memory,
            Bytes disk,
            Optional<Doing> doing) {}

    /** A step on the way to a template, or why there will be none. */
    record Doing(String step, boolean failed) {}

    /** The template that {@code owner} means by {@code shown}. */
    Optional<Listed> find(UserId owner, String shown);

    /** All that {@code owner} may use: their own, then everybody's. */
    List<Listed> visible(UserId owner);
}
