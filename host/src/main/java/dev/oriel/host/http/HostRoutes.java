package dev.oriel.host.http;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.DiscWish;
import dev.oriel.core.host.HostApi;
import dev.oriel.core.host.HostPaths;
import dev.oriel.core.host.TemplateImport;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.json.OrielJson;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmId;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * The routes of {@link HostPaths}. Every call of the host has a deadline, a little after the wait it was asked for;
 * an image's bytes have one of their own, since they come at the network's pace.
 */
final class HostRoutes {
    private static final Duration GRACE = Duration.ofSeconds(10);
    private static final Duration IMAGE_LIMIT = Duration.ofHours(2);
    private static final String VM = HostPaths.VMS + "/{id}";
    private static final String DISC = VM + "/disc";
    private static final String TEMPLATE = HostPaths.TEMPLATES + "/{name}";
    private static final String IMAGE = HostPaths.IMAGES + "/{sha256}";

    private final HostApi host;
    private final Deadline deadline;
    private final Bytes imageLimit;

    HostRoutes(HostApi host, Deadline deadline, Bytes imageLimit) {
        this.host = host;
        this.deadline = deadline;
        this.imageLimit = imageLimit;
    }

    void register(HttpRules rules, Endpoints endpoints) {
        rules.get(HostPaths.INFO, endpoints.secured("info", this::info))
                .any(HostPaths.INFO, endpoints.secured("info", Endpoints.onlyMethods("GET")))
                .get(HostPaths.TEMPLATES, endpoints.secured("templates", this::templates))
                .any(HostPaths.TEMPLATES, endpoints.secured("templates", Endpoints.onlyMethods("GET")))
                .put(TEMPLATE, endpoints.secured("import-template", this::importTemplate))
                .delete(TEMPLATE, endpoints.secured("drop-template", this::dropTemplate))
                .any(TEMPLATE, endpoints.secured("import-template", Endpoints.onlyMethods("PUT, DELETE")))
                .post(TEMPLATE + "/freeze", endpoints.secured("freeze-template", this::freezeTemplate))
                .any(TEMPLATE + "/freeze", endpoints.secured("freeze-template", Endpoints.onlyMethods("POST")))
                .get(HostPaths.CHANGES, endpoints.secured("changes", this::changes))
                .any(HostPaths.CHANGES, endpoints.secured("changes", Endpoints.onlyMethods("GET")))
                .get(VM + "/screenshot", endpoints.secured("screenshot", this::screenshot))
                .any(VM + "/screenshot", endpoints.secured("screenshot", Endpoints.onlyMethods("GET")))
                .get(DISC, endpoints.secured("disc", this::disc))
                .put(DISC, endpoints.secured("insert-disc", this::insertDisc))
                .delete(DISC, endpoints.secured("eject-disc", this::ejectDisc))
                .any(DISC, endpoints.secured("disc", Endpoints.onlyMethods("GET, PUT, DELETE")))
                .put(VM, endpoints.secured("ensure", this::ensure))
                .get(VM, endpoints.secured("observe", this::observe))
                .any(VM, endpoints.secured("ensure", Endpoints.onlyMethods("GET, PUT")))
                .head(IMAGE, endpoints.secured("has-image", this::hasImage))
                .put(IMAGE, endpoints.secured("put-image", this::putImage))
                .delete(IMAGE, endpoints.secured("drop-image", this::dropImage))
                .any(IMAGE, endpoints.secured("put-image", Endpoints.onlyMethods("HEAD, PUT, DELETE")));
    }

    private void info(ServerRequest request, ServerResponse response) throws InterruptedException {
        json(response, deadline.within(GRACE, host::info));
    }

    private void templates(ServerRequest request, ServerResponse response) throws InterruptedException {
        json(response, deadline.within(GRACE, host::templates));
    }

    private void importTemplate(ServerRequest request, ServerResponse response)
            throws IOException, InterruptedException {
        TemplateName name = RequestParameters.template(request);
        TemplateImport wish = RequestParameters.json(request, TemplateImport.class);
        if (!wish.name().equals(name)) {
            throw new OrielException(ErrorCode.BAD_REQUEST, "the wish is for another template than the path");
        }
        json(response, deadline.within(GRACE, () -> host.importTemplate(wish)));
    }

    private void dropTemplate(ServerRequest request, ServerResponse response) throws InterruptedException {
        TemplateName name = RequestParameters.template(request);
        deadline.within(GRACE, () -> {
            host.dropTemplate(name);
            return name;
        });
        response.status(Status.NO_CONTENT_204).send();
    }

    private void freezeTemplate(ServerRequest request, ServerResponse response) throws InterruptedException {
        TemplateName name = RequestParameters.template(request);
        json(response, deadline.within(GRACE, () -> host.freezeTemplate(name)));
    }

    private void changes(ServerRequest request, ServerResponse response) throws InterruptedException {
        long since = RequestParameters.number(request, "since");
        Duration patience = RequestParameters.patience(request);
        json(response, deadline.within(patience.plus(GRACE), () -> host.changes(since, patience)));
    }

    private void ensure(ServerRequest request, ServerResponse response) throws IOException, InterruptedException {
        VmId vm = RequestParameters.vm(request);
        Duration patience = RequestParameters.patience(request);
        VmAssignment assignment = RequestParameters.json(request, VmAssignment.class);
        if (!assignment.spec().id().equals(vm)) {
            throw new OrielException(ErrorCode.BAD_REQUEST, "the assignment is for another VM than the path");
        }
        json(response, deadline.within(patience.plus(GRACE), () -> host.ensure(assignment, patience)));
    }

    private void observe(ServerRequest request, ServerResponse response) throws InterruptedException {
        VmId vm = RequestParameters.vm(request);
        VmObservation seen = deadline.within(GRACE, () -> host.observe(vm))
                .orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "this host holds nothing of that VM"));
        json(response, seen);
    }

    private void screenshot(ServerRequest request, ServerResponse response) throws InterruptedException {
        VmId vm = RequestParameters.vm(request);
        byte[] png = deadline.within(GRACE, () -> host.screenshot(vm));
        response.headers().set(HeaderNames.CONTENT_TYPE, "image/png");
        response.headers().set(HeaderNames.CACHE_CONTROL, "no-store");
        response.send(png);
    }

    private void disc(ServerRequest request, ServerResponse response) throws InterruptedException {
        VmId vm = RequestParameters.vm(request);
        ImageDigest image = deadline.within(GRACE, () -> host.disc(vm))
                .orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "no disc is in the drive"));
        json(response, new DiscWish(image));
    }

    private void insertDisc(ServerRequest request, ServerResponse response) throws IOException, InterruptedException {
        VmId vm = RequestParameters.vm(request);
        DiscWish wish = RequestParameters.json(request, DiscWish.class);
        deadline.within(GRACE, () -> {
            host.insertDisc(vm, wish.image());
            return vm;
        });
        response.status(Status.NO_CONTENT_204).send();
    }

    private void ejectDisc(ServerRequest request, ServerResponse response) throws InterruptedException {
        VmId vm = RequestParameters.vm(request);
        deadline.within(GRACE, () -> {
            host.ejectDisc(vm);
            return vm;
        });
        response.status(Status.NO_CONTENT_204).send();
    }

    private void hasImage(ServerRequest request, ServerResponse response) throws InterruptedException {
        ImageDigest digest = RequestParameters.image(request);
        boolean there = deadline.within(GRACE, () -> host.hasImage(digest));
        response.status(there ? Status.OK_200 : Status.NOT_FOUND_404).send();
    }

    private void putImage(ServerRequest request, ServerResponse response) throws IOException {
        ImageDigest digest = RequestParameters.image(request);
        Bytes size = RequestParameters.contentLength(request);
        if (size.compareTo(imageLimit) > 0) {
            throw new OrielException(ErrorCode.TOO_LARGE, "images of at most " + imageLimit.value() + " bytes");
        }
        try (InputStream content = new TransferInputStream(request.content().inputStream(), IMAGE_LIMIT)) {
            host.putImage(digest, size, content);
        }
        response.status(Status.NO_CONTENT_204).send();
    }

    private void dropImage(ServerRequest request, ServerResponse response) throws InterruptedException {
        ImageDigest digest = RequestParameters.image(request);
        deadline.within(GRACE, () -> {
            host.dropImage(digest);
            return digest;
        });
        response.status(Status.NO_CONTENT_204).send();
    }

    private static void json(ServerResponse response, Object body) {
        response.headers().set(HeaderNames.CONTENT_TYPE, "application/json");
        response.send(OrielJson.mapper().writeValueAsBytes(body));
    }
}
