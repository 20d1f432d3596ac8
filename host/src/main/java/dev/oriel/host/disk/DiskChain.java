package dev.oriel.host.disk;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.SnapshotId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Everything that is known of one disk: {@code disk.json} in its instance's directory, the one truth about which files
 * it consists of.
 *
 * <pre>
 * base[0] ← base[1] ← …  read-only files shared with others: a base image, perhaps a frozen overlay on it
 *    ↑
 * layer 1 ← layer 2 ← layer 4 (active)
 *              ↑
 *           layer 3          each layer but the active one is a snapshot, or waits to be merged away
 * </pre>
 *
 * A file is made before the record names it and removed after the record has forgotten it, so a crash at any moment
 * leaves at most a file that no record names. QEMU and qemu-img are told every link of the chain with its recorded
 * format; what an image's own header says of files below it is never followed. Immutable.
 *
 * @param base bottom first, may be empty
 * @param layers in the order they were made
 * @param active id of the layer that the guest writes to
 * @param next id of the next layer
 * @param source {@link dev.oriel.core.vm.DiskSource#serial} of the last wish that was carried out; 0: none yet
 * @param joining a layer that is just being put on top of a running guest's disk: whether QEMU has taken it is not known
 */
public record DiskChain(
        List<Shared> base, List<DiskLayer> layers, int active, int next, long source, Optional<Joining> joining) {
    /** A file that several VMs may stand on; nobody writes to it. */
    public record Shared(String file, ImageFormat format) {
        @JsonIgnore
        public Path path() {
            return Path.of(file);
        }
    }

    /** The next active layer, and what the present one becomes. */
    public record Joining(DiskLayer layer, DiskLayer.Kept kept) {}

    public DiskChain {
        base = List.copyOf(base);
        layers = List.copyOf(layers);
        int wanted = active;
        if (layers.stream().noneMatch(layer -> layer.id() == wanted)) {
            throw new IllegalArgumentException("the active layer is not among the layers");
        }
        if (layers.stream().anyMatch(layer -> layer.id() >= next)) {
            throw new IllegalArgumentException("a layer's id is used before its time");
        }
    }

    /** A new disk: one layer, to be written to. */
    public static DiskChain of(List<Shared> base, Path file, Bytes size) {
        DiskLayer first = new DiskLayer(1, file.toString(), size, Optional.empty(), Optional.empty());
        return new DiskChain(base, List.of(first), 1, 2, 0, Optional.empty());
    }

    @JsonIgnore
    public DiskLayer top() {
        return layer(active);
    }

    /** Every file of the present disk as QEMU opens it, bottom first; the last one is written to. */
    @JsonIgnore
    public List<DiskLink> links() {
        return linksTo(active);
    }

    /** Every file that {@code layer} consists of, bottom first. */
    public List<DiskLink> linksTo(int layer) {
        List<DiskLink> links = new ArrayList<>();
        for (int i = 0; i < base.size(); i++) {
            links.add(new DiskLink("base" + i, base.get(i).path(), base.get(i).format()));
        }
        pathTo(layer).forEach(link -> links.add(new DiskLink(nodeOf(link.id()), link.path(), ImageFormat.QCOW2)));
        return List.copyOf(links);
    }

    /** Every file that this disk needs, its snapshots' memory too. */
    @JsonIgnore
    public List<Path> files() {
        Stream<Path> below = base.stream().map(Shared::path);
        Stream<Path> own = layers.stream().map(DiskLayer::path);
        Stream<Path> memory = layers.stream()
                .flatMap(layer -> layer.kept().flatMap(DiskLayer.Kept::memory).stream())
                .map(DiskLayer.Memory::path);
        return Stream.of(below, own, memory).flatMap(each -> each).toList();
    }

    /** What layer {@code id} is called in QEMU. */
    public static String nodeOf(int id) {
        return "layer" + id;
    }

    /** Own layers from the bottom up to {@code layer}. */
    public List<DiskLayer> pathTo(int layer) {
        List<DiskLayer> path = new ArrayList<>();
        Optional<Integer> at = Optional.of(layer);
        while (at.isPresent()) {
            DiskLayer link = layer(at.get());
            path.addFirst(link);
            if (path.size() > layers.size()) {
                throw new IllegalStateException("the layers stand on each other in a circle");
            }
            at = link.below();
        }
        return path;
    }

    /** The file right below {@code layer}: another layer, the last of the base, or none. */
    public Optional<Path> fileBelow(DiskLayer layer) {
        return layer.below()
                .map(id -> layer(id).path())
                .or(() -> base.isEmpty()
                        ? Optional.empty()
                        : Optional.of(base.getLast().path()));
    }

    public Optional<DiskLayer> snapshot(SnapshotId id) {
        return layers.stream()
                .filter(layer ->
                        layer.kept().filter(kept -> kept.snapshot().equals(id)).isPresent())
                .findFirst();
    }

    /** The nearest snapshot at or below {@code layer}. */
    public Optional<SnapshotId> snapshotAt(Optional<Integer> layer) {
        return layer.map(this::pathTo).orElse(List.of()).reversed().stream()
                .flatMap(link -> link.kept().stream())
                .map(DiskLayer.Kept::snapshot)
                .findFirst();
    }

    /** Layers that are neither active nor a snapshot and on which at most one other stands: they can be merged away. */
    public List<DiskLayer> mergeable() {
        return layers.stream()
                .filter(layer -> layer.id() != active && layer.kept().isEmpty())
                .filter(layer -> above(layer.id()).size() <= 1)
                .toList();
    }

    /** Whether a snapshot with a guest's memory is made of {@code layer}, alone or with those above. */
    public boolean isBelowMemory(DiskLayer layer) {
        return layers.stream()
                .filter(each -> each.kept().flatMap(DiskLayer.Kept::memory).isPresent())
                .anyMatch(each -> pathTo(each.id()).contains(layer));
    }

    /** The layers that stand right on layer {@code id}. */
    public List<DiskLayer> above(int id) {
        return layers.stream()
                .filter(layer -> layer.below().filter(below -> below == id).isPresent())
                .toList();
    }

    /** A layer for {@code file} to stand on {@code below}, not yet part of the chain. */
    public DiskLayer nextLayer(Path file, Bytes size, Optional<Integer> below) {
        return new DiskLayer(next, file.toString(), size, below, Optional.empty());
    }

    /** The active layer becomes a snapshot and {@code top}, standing on it, the active one. */
    public DiskChain snapped(DiskLayer top, DiskLayer.Kept kept) {
        Stream<DiskLayer> before =
                layers.stream().map(layer -> layer.id() == active ? layer.as(Optional.of(kept)) : layer);
        return new DiskChain(
                base, Stream.concat(before, Stream.of(top)).toList(), top.id(), top.id() + 1, source, Optional.empty());
    }

    /** As {@link #snapped} is about to be done to a running guest. */
    public DiskChain joining(DiskLayer top, DiskLayer.Kept kept) {
        return new DiskChain(base, layers, active, top.id() + 1, source, Optional.of(new Joining(top, kept)));
    }

    /** What was joining has not joined. */
    public DiskChain alone() {
        return new DiskChain(base, layers, active, next, source, Optional.empty());
    }

    /** The disk goes on as {@code top}; what the guest has written since the last snapshot is given up. */
    public DiskChain restored(DiskLayer top, long serial) {
        Stream<DiskLayer> others = layers.stream().filter(layer -> layer.id() != active);
        return new DiskChain(
                base, Stream.concat(others, Stream.of(top)).toList(), top.id(), top.id() + 1, serial, Optional.empty());
    }

    /** A wish for a source that is done, or that this disk was made by. */
    public DiskChain sourced(long serial) {
        return new DiskChain(base, layers, active, next, serial, joining);
    }

    /** The snapshot is none any more; its layer stays as long as others stand on it. */
    public DiskChain dropped(SnapshotId id) {
        return withLayers(
                layer -> layer.kept().filter(kept -> kept.snapshot().equals(id)).isPresent()
                        ? layer.as(Optional.empty())
                        : layer);
    }

    /** The layer is gone: what stood on it holds its data and stands on what was below it. */
    public DiskChain without(DiskLayer gone) {
        List<DiskLayer> left = layers.stream()
                .filter(layer -> layer.id() != gone.id())
                .map(layer -> layer.below().filter(id -> id == gone.id()).isPresent() ? layer.on(gone.below()) : layer)
                .toList();
        return new DiskChain(base, left, active, next, source, joining);
    }

    /** The active layer has this size now. */
    public DiskChain grown(Bytes size) {
        return withLayers(layer -> layer.id() == active ? layer.sized(size) : layer);
    }

    private DiskChain withLayers(UnaryOperator<DiskLayer> change) {
        return new DiskChain(base, layers.stream().map(change).toList(), active, next, source, joining);
    }

    private DiskLayer layer(int id) {
        return layers.stream()
                .filter(layer -> layer.id() == id)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the disk has no such layer"));
    }
}
