package dev.oriel.api.template;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Who may make VMs from a template. */
enum Visibility {
    @JsonProperty("public")
    PUBLIC,
    @JsonProperty("private")
    PRIVATE
}
