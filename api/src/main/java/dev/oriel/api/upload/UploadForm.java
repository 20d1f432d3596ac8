package dev.oriel.api.upload;

import io.swagger.v3.oas.annotations.media.Schema;

/** How the multipart form of {@code POST /post} is described; it is read part by part, never as a whole. */
@Schema(requiredProperties = "file")
record UploadForm(
        @Schema(type = "string", format = "binary") String file,

        @Schema(
                allowableValues = {"iso", "disk", "file"},
                defaultValue = "file")
        String kind,

        @Schema(allowableValues = {"qcow2", "raw", "vmdk", "iso"})
        String format) {}
