package dev.oriel.api.template;

import dev.oriel.core.account.UserId;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The rows of {@code template}. Thread-safe. */
@Component
class TemplateStore {
    private final JdbcClient jdbc;

    TemplateStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** A VM that keeps a template from being deleted. */
    record User(UUID vm, String vmName, UUID ownerId, String owner) {}

    /** Gives it the next version number of its name. */
    OwnTemplate insert(OwnTemplate template) {
        int version = jdbc.sql("""
                        INSERT INTO template (name, owner_id, shown, public, version, title, description, cpus,
                            memory_bytes, disk_bytes, sha256, size_bytes, format)
                        SELECT :name, :owner, :shown, :public, coalesce(max(version), 0) + 1, :title, :description, :cpus,
                            :memory, :disk, :sha256, :size, :format
                        FROM template
                        WHERE shown = :shown AND public = :public AND (public OR owner_id = :owner)
                        RETURNING version
                        """)
                .param("name", template.name().value())
                .param("owner", template.owner().value())
                .param("shown", template.name().shown())
                .param("public", template.isPublic())
                .param("title", template.title())
                .param("description", template.description())
                .param("cpus", template.cpus())
                .param("memory", template.memory().value())
                .param("disk", template.disk().value())
                .param("sha256", template.source().value())
                .param("size", template.sourceSize().value())
                .param("format", template.format().name().toLowerCase(Locale.ROOT))
                .query(Integer.class)
                .single();
        return template.asVersion(version);
    }

    /** The newest version of each that {@code owner} may use: their own, then everybody's, by name. */
    List<OwnTemplate> visible(UserId owner) {
        return jdbc.sql("""
                        SELECT DISTINCT ON (public, shown) * FROM template WHERE public OR owner_id = :owner
                        ORDER BY public, shown, version DESC
                        """)
                .param("owner", owner.value())
                .query(TemplateStore::row)
                .list();
    }

    /** The newest version of this name: the owner's own before everybody's. */
    Optional<OwnTemplate> find(UserId owner, String shown) {
        return jdbc.sql("""
                        SELECT * FROM template WHERE shown = :shown AND (public OR owner_id = :owner)
                        ORDER BY public, version DESC LIMIT 1
                        """)
                .param("owner", owner.value())
                .param("shown", shown)
                .query(TemplateStore::row)
                .optional();
    }

    /** Whether everybody sees a template of this name. */
    boolean isPublic(String shown) {
        return jdbc.sql("SELECT count(*) FROM template WHERE public AND shown = :shown")
                        .param("shown", shown)
                        .query(Integer.class)
                        .single()
                > 0;
    }

    /** All versions of all: what hosts should have. */
    List<OwnTemplate> all() {
        return jdbc.sql("SELECT * FROM template ORDER BY created_at, name")
                .query(TemplateStore::row)
                .list();
    }

    /** VMs made from any version of the template. */
    List<User> users(OwnTemplate template) {
        return jdbc.sql("""
                        SELECT vm.id, vm.name, vm.owner_id, account.username
                        FROM vm JOIN template ON template.name = vm.template JOIN account ON account.id = vm.owner_id
                        WHERE vm.state <> 'deleted' AND template.shown = :shown AND template.public = :public
                            AND (template.public OR template.owner_id = :owner)
                        ORDER BY vm.created_at LIMIT 100
                        """)
                .param("shown", template.name().shown())
                .param("public", template.isPublic())
                .param("owner", template.owner().value())
                .query((row, _) -> new User(
                        row.getObject("id", UUID.class),
                        row.getString("name"),
                        row.getObject("owner_id", UUID.class),
                        row.getString("username")))
                .list();
    }

    /** Deletes all versions unless a VM is made from one of them; whether it did. */
    boolean delete(OwnTemplate template) {
        return jdbc.sql("""
                        DELETE FROM template
                        WHERE shown = :shown AND public = :public AND (public OR owner_id = :owner)
                            AND NOT EXISTS (
                                SELECT FROM vm JOIN template used ON used.name = vm.template
                                WHERE vm.state <> 'deleted' AND used.shown = :shown AND used.public = :public
                                    AND (used.public OR used.owner_id = :owner))
                        """)
                        .param("shown", template.name().shown())
                        .param("public", template.isPublic())
                        .param("owner", template.owner().value())
                        .update()
                > 0;
    }

    /** Forgets versions that a newer one replaces and from which no VM is made. */
    int deleteReplaced() {
        return jdbc.sql("""
                        DELETE FROM template old
                        WHERE EXISTS (SELECT FROM template newer WHERE newer.shown = old.shown
                                AND newer.public = old.public AND (newer.public OR newer.owner_id = old.owner_id)
                                AND newer.version > old.version)
                            AND NOT EXISTS (SELECT FROM vm WHERE vm.template = old.name AND vm.state <> 'deleted')
                        """).update();
    }

    /** Whether any template is made of this image. */
    boolean uses(ImageDigest source) {
        return jdbc.sql("SELECT count(*) FROM template WHERE sha256 = :sha256")
                        .param("sha256", source.value())
                        .query(Integer.class)
                        .single()
                > 0;
    }

    private static OwnTemplate row(ResultSet row, int number) throws SQLException {
        return new OwnTemplate(
                new TemplateName(row.getString("name")),
                new UserId(row.getObject("owner_id", UUID.class)),
                row.getBoolean("public"),
                row.getInt("version"),
                row.getString("title"),
                row.getString("description"),
                row.getInt("cpus"),
                new Bytes(row.getLong("memory_bytes")),
                new ImageDigest(row.getString("sha256")),
                new Bytes(row.getLong("size_bytes")),
                ImageFormat.valueOf(row.getString("format").toUpperCase(Locale.ROOT)),
                new Bytes(row.getLong("disk_bytes")));
    }
}
