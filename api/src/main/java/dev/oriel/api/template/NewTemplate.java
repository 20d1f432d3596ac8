package dev.oriel.api.template;

import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /vm/templates}, not yet checked.
 *
 * @param upload id of one's own upload of kind {@code disk}
 * @param visibility {@code public} (administrators; their default) or {@code private}
 */
record NewTemplate(
        @Nullable String upload,
        @Nullable String name,
        @Nullable String title,
        @Nullable String description,
        @Nullable Integer cpus,
        @Nullable Integer memoryMiB,
        @Nullable Visibility visibility) {}
