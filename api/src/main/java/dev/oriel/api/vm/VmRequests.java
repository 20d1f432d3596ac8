package dev.oriel.api.vm;

import dev.oriel.api.host.Hosts;
import dev.oriel.api.http.FieldError;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** Turns a request's body into a {@link NewVm}, or says everything that is wrong with it. */
@Component
public class VmRequests {
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N} ._-]{0,62}");
    private static final int MAX_CPUS = 16;
    private static final int MIN_MEMORY_MIB = 64;
    private static final int MAX_MEMORY_MIB = 65_536;
    private static final int MAX_DISK_GIB = 2_048;
    private static final int MAX_USER_DATA = 32 << 10;
    private static final int BUILD_RETRY_SECONDS = 10;

    private final TemplateViews templates;
    private final Hosts hosts;
    private final ObjectProvider<IsoSource> isos;
    private final ObjectProvider<SnapshotSource> snapshots;

    VmRequests(
            TemplateViews templates,
            Hosts hosts,
            ObjectProvider<IsoSource> isos,
            ObjectProvider<SnapshotSource> snapshots) {
        this.templates = templates;
        this.hosts = hosts;
        this.isos = isos;
        this.snapshots = snapshots;
    }

    NewVm check(UserId owner, CreateVm body) {
        List<FieldError> errors = new ArrayList<>();
        userData(errors, body.userData());
        if (body.template() == null && body.snapshot() == null) {
            errors.add(new FieldError("template", "is required, or a snapshot"));
        }
        Optional<String> name = Optional.ofNullable(body.name()).map(text -> name(errors, text));
        hardware(errors, body.cpus(), body.memoryMiB(), body.diskGiB());
        if (!errors.isEmpty()) {
            throw FieldError.problem(errors);
        }
        Optional<SnapshotSource.Kept> from =
                Optional.ofNullable(body.snapshot()).map(id -> snapshot(owner, id));
        hosts.requireDisk(from.flatMap(kept -> kept.vm().host()));
        return from.isPresent() ? like(from.get(), owner, name, body) : fresh(owner, name, body);
    }

    /** A VM made from a snapshot: what is not asked for is as in the VM whose snapshot it is. */
    private NewVm like(SnapshotSource.Kept from, UserId owner, Optional<String> name, CreateVm body) {
        Vm parent = from.vm();
        if (body.template() != null && !body.template().equals(parent.template().value())) {
            throw FieldError.problem("template", "is that of the snapshot: leave it out");
        }
        Bytes disk = body.diskGiB() == null ? parent.disk() : Bytes.ofGiB(body.diskGiB());
        if (disk.compareTo(parent.disk()) < 0) {
            throw FieldError.problem(
                    "diskGiB", "must be at least " + parent.disk().toGiB() + ", as in the snapshot");
        }
        return new NewVm(
                name,
                labels(body),
                parent.template(),
                body.cpus() == null ? parent.cpus() : body.cpus(),
                body.memoryMiB() == null ? parent.memory() : Bytes.ofMiB(body.memoryMiB()),
                disk,
                Optional.ofNullable(body.iso()).map(upload -> iso(owner, upload)),
                Optional.of(from),
                body.whenUnwatched() == null ? WhenUnwatched.RUN : body.whenUnwatched(),
                body.restartPolicy() == null ? RestartPolicy.NEVER : body.restartPolicy(),
                Optional.ofNullable(body.userData()),
                Optional.ofNullable(body.firmware()).or(() -> parent.boot().firmware()));
    }

    private NewVm fresh(UserId owner, Optional<String> name, CreateVm body) {
        TemplateStatus template = template(owner, String.valueOf(body.template()));
        return new NewVm(
                name,
                labels(body),
                template.name(),
                body.cpus() == null ? template.cpus() : body.cpus(),
                body.memoryMiB() == null ? template.memory() : Bytes.ofMiB(body.memoryMiB()),
                disk(template, body.diskGiB()),
                Optional.ofNullable(body.iso()).map(upload -> iso(owner, upload)),
                Optional.empty(),
                body.whenUnwatched() == null ? WhenUnwatched.RUN : body.whenUnwatched(),
                body.restartPolicy() == null ? RestartPolicy.NEVER : body.restartPolicy(),
                Optional.ofNullable(body.userData()),
                Optional.ofNullable(body.firmware()));
    }

    VmChange check(ChangeVm body) {
        List<FieldError> errors = new ArrayList<>();
        Optional<String> name = Optional.ofNullable(body.name()).map(text -> name(errors, text));
        hardware(errors, body.cpus(), body.memoryMiB(), body.diskGiB());
        if (!errors.isEmpty()) {
            throw FieldError.problem(errors);
        }
        return new VmChange(
                name,
                Optional.ofNullable(body.labels()).map(Labels::checked),
                Optional.ofNullable(body.cpus()),
                Optional.ofNullable(body.memoryMiB()).map(Bytes::ofMiB),
                Optional.ofNullable(body.diskGiB()).map(Bytes::ofGiB),
                Optional.ofNullable(body.whenUnwatched()),
                Optional.ofNullable(body.restartPolicy()));
    }

    private static Labels labels(CreateVm body) {
        return body.labels() == null ? Labels.NONE : Labels.checked(body.labels());
    }

    private static void userData(List<FieldError> errors, @Nullable String text) {
        if (text != null && (text.isBlank() || text.indexOf('\0') >= 0 || text.length() > MAX_USER_DATA)) {
            errors.add(new FieldError("userData", "must be 1 to " + MAX_USER_DATA + " characters of text"));
        }
    }

    private static void hardware(
            List<FieldError> errors, @Nullable Integer cpus, @Nullable Integer memoryMiB, @Nullable Integer diskGiB) {
        within(errors, "cpus", cpus, 1, MAX_CPUS);
        within(errors, "memoryMiB", memoryMiB, MIN_MEMORY_MIB, MAX_MEMORY_MIB);
        within(errors, "diskGiB", diskGiB, 1, MAX_DISK_GIB);
    }

    /** A name as it is kept: composed, without blanks around it. */
    public static String checkedName(String text) {
        List<FieldError> errors = new ArrayList<>();
        String name = name(errors, text);
        if (!errors.isEmpty()) {
            throw FieldError.problem(errors);
        }
        return name;
    }

    private static String name(List<FieldError> errors, String text) {
        String name = Normalizer.normalize(text.strip(), Normalizer.Form.NFC);
        if (!NAME.matcher(name).matches()) {
            errors.add(
                    new FieldError(
                            "name",
                            "is 1 to 63 letters, digits, blanks, dots, dashes or underscores and begins with a letter or digit"));
        }
        return name;
    }

    private static void within(List<FieldError> errors, String field, @Nullable Integer value, int min, int max) {
        if (value != null && (value < min || value > max)) {
            errors.add(new FieldError(field, "must be " + min + " to " + max));
        }
    }

    private TemplateStatus template(UserId owner, String name) {
        TemplateStatus found = templates.status(owner, name);
        if (!found.ready()) {
            throw new OrielException(
                    ErrorCode.TEMPLATE_NOT_READY,
                    found.failed()
                            ? "The template " + name + " could not be built."
                            : "The template " + name + " is " + found.progress() + " % ready.",
                    Map.of("progress", found.progress(), "retryAfter", BUILD_RETRY_SECONDS));
        }
        return found;
    }

    private static Bytes disk(TemplateStatus template, @Nullable Integer gib) {
        if (gib == null) {
            return template.disk();
        }
        Bytes wanted = Bytes.ofGiB(gib);
        if (wanted.compareTo(template.disk()) < 0) {
            throw FieldError.problem(
                    "diskGiB", "must be at least " + template.disk().toGiB() + ", the size of the template's disk");
        }
        return wanted;
    }

    private SnapshotSource.Kept snapshot(UserId owner, String id) {
        return Optional.ofNullable(snapshots.getIfAvailable())
                .flatMap(source -> source.find(owner, id))
                .orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "There is no such snapshot."));
    }

    private ImageDigest iso(UserId owner, String upload) {
        return Optional.ofNullable(isos.getIfAvailable())
                .flatMap(source -> source.find(owner, upload))
                .map(StoredIso::digest)
                .orElseThrow(() -> new OrielException(ErrorCode.BAD_IMAGE, "You have no uploaded ISO with this id."));
    }
}
