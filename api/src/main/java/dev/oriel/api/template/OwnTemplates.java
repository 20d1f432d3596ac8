package dev.oriel.api.template;

import dev.oriel.api.account.Caller;
import dev.oriel.api.account.Role;
import dev.oriel.api.host.Hosts;
import dev.oriel.api.http.FieldError;
import dev.oriel.api.upload.Upload;
import dev.oriel.api.upload.UploadId;
import dev.oriel.api.upload.UploadKind;
import dev.oriel.api.upload.Uploads;
import dev.oriel.api.vm.TemplateCatalog;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;

/** What can be done with templates of one's own; somebody else's are not found. Thread-safe. */
@Component
class OwnTemplates implements TemplateCatalog {
    /** Leaves room for the tag in a {@link TemplateName}; two dashes in a row are kept for the tag. */
    private static final Pattern NAME = Pattern.compile("(?!.*--)[a-z0-9][a-z0-9._-]{0,48}[a-z0-9]|[a-z0-9]");

    private static final Pattern LINE = Pattern.compile("[^\\p{Cntrl}\\p{Cf}]*");
    private static final int MAX_TITLE = 63;
    private static final int MAX_DESCRIPTION = 255;
    private static final int MAX_CPUS = 16;
    private static final int MIN_MEMORY_MIB = 64;
    private static final int MAX_MEMORY_MIB = 65_536;
    private static final int DEFAULT_MEMORY_MIB = 1024;

    private final TemplateStore store;
    private final TemplateImages images;
    private final TemplateDistribution distribution;
    private final Uploads uploads;
    private final Hosts hosts;
    private final Publications publications;

    OwnTemplates(
            TemplateStore store,
            TemplateImages images,
            TemplateDistribution distribution,
            Uploads uploads,
            Hosts hosts,
            Publications publications) {
        this.store = store;
        this.images = images;
        this.distribution = distribution;
        this.uploads = uploads;
        this.hosts = hosts;
        this.publications = publications;
    }

    @Override
    public Optional<Listed> find(UserId owner, String shown) {
        return store.find(owner, shown)
                .map(OwnTemplates::listed)
                .or(() -> publications.visible(owner).stream()
                        .filter(listed -> listed.name().shown().equals(shown))
                        .findFirst());
    }

    @Override
    public List<Listed> visible(UserId owner) {
        return Stream.concat(
                        store.visible(owner).stream().map(OwnTemplates::listed), publications.visible(owner).stream())
                .toList();
    }

    /** Makes a template of an upload or a VM's disk, or its next version when there is one of this name. */
    Listed create(Caller caller, NewTemplate body) {
        String name = checked(body);
        boolean isPublic = isPublic(caller, body);
        if (isTaken(name, isPublic)) {
            throw new OrielException(ErrorCode.NAME_IN_USE, "There is a template of this name for everybody.");
        }
        if (body.upload() == null) {
            return publications.begin(caller, body, name, isPublic);
        }
        Upload upload = disk(caller.id(), body.upload());
        Bytes memory = Bytes.ofMiB(body.memoryMiB() == null ? DEFAULT_MEMORY_MIB : body.memoryMiB());
        images.keep(upload.sha256(), uploads.path(upload));
        OwnTemplate wanted = new OwnTemplate(
                TemplateName.imported(
                        name, String.format("%08x", ThreadLocalRandom.current().nextInt())),
                caller.id(),
                isPublic,
                1,
                body.title() == null ? name : body.title(),
                body.description() == null ? "" : body.description(),
                body.cpus() == null ? 1 : body.cpus(),
                memory,
                upload.sha256(),
                upload.size(),
                upload.format().orElseThrow(),
                upload.virtualSize().orElseThrow());
        try {
            Listed made = listed(store.insert(wanted));
            distribution.wake();
            return made;
        } catch (DuplicateKeyException e) {
            throw new OrielException(ErrorCode.NAME_IN_USE, "The same template is just being made. Try again.", e);
        }
    }

    /** Deletes all versions; refused while VMs are made from one, and says which. */
    void delete(Caller caller, String shown) {
        boolean cancelled = publications.cancel(caller.id(), shown);
        Optional<OwnTemplate> found = store.find(caller.id(), shown);
        if (found.isEmpty() && cancelled) {
            return;
        }
        OwnTemplate template =
                found.orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "There is no such template."));
        if (template.isPublic()) {
            caller.require(Role.ADMIN);
        }
        if (!store.delete(template)) {
            List<TemplateStore.User> users = store.users(template);
            throw new OrielException(
                    ErrorCode.STATE_CONFLICT,
                    "It is used by " + words(users) + ".",
                    Map.of("usedBy", List.copyOf(users)));
        }
        distribution.wake();
    }

    private static String words(List<TemplateStore.User> users) {
        return switch (users.size()) {
            case 0 -> "a VM";
            case 1 ->
                "the VM " + users.getFirst().vmName() + " of "
                        + users.getFirst().owner();
            default ->
                "the VM " + users.getFirst().vmName() + " of "
                        + users.getFirst().owner() + " and " + (users.size() - 1) + " more";
        };
    }

    /** A name that everybody sees has one meaning. */
    private boolean isTaken(String name, boolean isPublic) {
        boolean builtIn = hosts.templates().stream()
                .anyMatch(status -> status.name().value().equals(name));
        return builtIn || (!isPublic && store.isPublic(name));
    }

    private static boolean isPublic(Caller caller, NewTemplate body) {
        boolean isAdmin = caller.role().atLeast(Role.ADMIN);
        if (body.visibility() == null) {
            return isAdmin;
        }
        if (body.visibility() == Visibility.PUBLIC) {
            caller.require(Role.ADMIN);
        }
        return body.visibility() == Visibility.PUBLIC;
    }

    private Upload disk(UserId owner, @Nullable String id) {
        return parsed(id)
                .flatMap(upload -> uploads.find(owner, upload))
                .filter(upload -> upload.kind() == UploadKind.DISK)
                .filter(upload ->
                        upload.format().isPresent() && upload.virtualSize().isPresent())
                .orElseThrow(() -> new OrielException(ErrorCode.BAD_IMAGE, "You have no uploaded disk with this id."));
    }

    private static Optional<UploadId> parsed(@Nullable String id) {
        try {
            return Optional.ofNullable(id).map(text -> new UploadId(UUID.fromString(text)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String checked(NewTemplate body) {
        List<FieldError> errors = new ArrayList<>();
        String name = body.name() == null ? "" : body.name();
        if (!NAME.matcher(name).matches()) {
            errors.add(new FieldError(
                    "name",
                    "is 1 to 50 lower-case letters, digits, dots, dashes or underscores, no two dashes in a row"));
        }
        long sources = Stream.of(body.upload(), body.vm(), body.snapshot())
                .filter(Objects::nonNull)
                .count();
        if (sources != 1) {
            errors.add(new FieldError("upload", "is required; or, instead of it, vm or snapshot"));
        }
        text(errors, "title", body.title(), MAX_TITLE);
        text(errors, "description", body.description(), MAX_DESCRIPTION);
        within(errors, "cpus", body.cpus(), 1, MAX_CPUS);
        within(errors, "memoryMiB", body.memoryMiB(), MIN_MEMORY_MIB, MAX_MEMORY_MIB);
        if (!errors.isEmpty()) {
            throw FieldError.problem(errors);
        }
        return name;
    }

    private static void text(List<FieldError> errors, String field, @Nullable String text, int most) {
        if (text != null && (text.length() > most || !LINE.matcher(text).matches())) {
            errors.add(new FieldError(field, "is one line of at most " + most + " characters"));
        }
    }

    private static void within(List<FieldError> errors, String field, @Nullable Integer value, int min, int max) {
        if (value != null && (value < min || value > max)) {
            errors.add(new FieldError(field, "must be " + min + " to " + max));
        }
    }

    private static Listed listed(OwnTemplate template) {
        return new Listed(
                template.name(),
                template.isPublic() ? "public" : "private",
                template.version(),
                template.title(),
                template.description(),
                template.cpus(),
                template.memory(),
                template.disk(),
                Optional.empty());
    }
}
