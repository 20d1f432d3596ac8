package dev.oriel.core.host;

/**
 * The HTTP form of {@link HostApi}: every call is {@code Authorization: Bearer <per-host secret>}, JSON by {@link
 * dev.oriel.core.json.OrielJson}; errors are {@code application/problem+json} whose {@code code} is an {@link
 * dev.oriel.core.error.ErrorCode} slug. Durations are whole milliseconds.
 */
public final class HostPaths {
    /** GET → HostInfo. */
    public static final String INFO = "/v1/info";
    /**
     * GET → array of TemplateStatus; PUT …/{name} with TemplateImport → TemplateStatus; DELETE …/{name}. POST
     * …/{name}/freeze → TemplateStatus.
     */
    public static final String TEMPLATES = "/v1/templates";
    /** GET ?since=N&amp;wait=MS → VmChanges. */
    public static final String CHANGES = "/v1/changes";
    /** GET → array of DiskUsage. */
    public static final String DISKS = "/v1/disks";
    /**
     * PUT /v1/vms/{id}?wait=MS with VmAssignment → VmObservation; GET → VmObservation or 404; GET …/screenshot → PNG.
     * GET …/disc → {@link DiscWish} or 404, PUT …/disc with DiscWish, DELETE …/disc. GET …/disk → DiskUsage. PUT
     * …/snapshots/{snapshot}[?live=true] → SnapshotStatus, DELETE it.
     * GET …/snapshots/{snapshot}/image → a qcow2 image.
     */
    public static final String VMS = "/v1/vms";
    /** HEAD, PUT (raw bytes with Content-Length), DELETE /v1/images/{sha256}. */
    public static final String IMAGES = "/v1/images";
    /** GET → array of UnusedImage; DELETE those whose time is up → array of UnusedImage. */
    public static final String UNUSED_IMAGES = "/v1/unused-images";

    private HostPaths() {}
}
