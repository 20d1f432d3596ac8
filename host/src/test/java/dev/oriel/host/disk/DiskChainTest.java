package dev.oriel.host.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.json.OrielJson;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.SnapshotId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskChainTest {
    private static final Bytes SIZE = Bytes.ofMiB(64);
    private static final SnapshotId A = SnapshotId.random();
    private static final SnapshotId B = SnapshotId.random();
    private static final SnapshotId C = SnapshotId.random();

    private final DiskChain fresh = DiskChain.of(
            List.of(
                    new DiskChain.Shared("/base.qcow2", ImageFormat.QCOW2),
                    new DiskChain.Shared("/frozen.qcow2", ImageFormat.QCOW2)),
            Path.of("/1"),
            SIZE);

    @TempDir
    Path dir;

    @Test
    void newDisk_isOneLayer_onAllOfItsBase() {
        assertThat(nodes(fresh)).containsExactly("base0", "base1", "layer1");
        assertThat(fresh.fileBelow(fresh.top())).contains(Path.of("/frozen.qcow2"));
        assertThat(DiskChain.of(List.of(), Path.of("/1"), SIZE).fileBelow(fresh.top()))
                .isEmpty();
    }

    @Test
    void snapshots_stackUp_andTheGuestWritesOnTop() {
        DiskChain chain = snap(snap(fresh, A), B);

        assertThat(nodes(chain)).containsExactly("base0", "base1", "layer1", "layer2", "layer3");
        assertThat(chain.snapshotAt(Optional.of(chain.active()))).contains(B);
        assertThat(chain.snapshotAt(chain.snapshot(B).orElseThrow().below())).contains(A);
        assertThat(chain.mergeable()).isEmpty();
    }

    @Test
    void restore_givesUpWhatWasActive_andKeepsTheOtherBranch() {
        DiskChain chain = restore(snap(snap(fresh, A), B), A, 1);

        assertThat(nodes(chain)).containsExactly("base0", "base1", "layer1", "layer4");
        assertThat(chain.snapshot(B)).isPresent();
        assertThat(chain.source()).isEqualTo(1);
        assertThat(chain.layers()).extracting(DiskLayer::id).containsExactly(1, 2, 4);
        assertThat(chain.above(1)).extracting(DiskLayer::id).containsExactly(2, 4);
    }

    @Test
    void droppedSnapshot_isMergeable_onceAtMostOneStandsOnIt() {
        DiskChain forked = restore(snap(snap(fresh, A), B), A, 1).dropped(A);
        assertThat(forked.snapshot(A)).isEmpty();
        assertThat(forked.mergeable()).as("two stand on it").isEmpty();

        DiskChain single = forked.dropped(B);
        assertThat(single.mergeable()).extracting(DiskLayer::id).containsExactly(2);
        DiskChain merged = single.without(single.mergeable().getFirst());
        assertThat(merged.mergeable()).extracting(DiskLayer::id).containsExactly(1);
        assertThat(nodes(merged.without(merged.mergeable().getFirst()))).containsExactly("base0", "base1", "layer4");
    }

    @Test
    void mergedLayer_leavesWhatStoodOnIt_onWhatWasBelow() {
        DiskChain chain = snap(snap(snap(fresh, A), B), C).dropped(B);
        DiskChain merged = chain.without(chain.mergeable().getFirst());

        assertThat(nodes(merged)).containsExactly("base0", "base1", "layer1", "layer3", "layer4");
        assertThat(merged.snapshotAt(merged.snapshot(C).orElseThrow().below())).contains(A);
    }

    @Test
    void record_isWhatWasWritten_alsoHalfwayThroughASnapshot() throws IOException {
        DiskRecord record = new DiskRecord(dir);
        assertThat(record.read()).isEmpty();
        DiskChain chain = snap(fresh, A).sourced(7);
        DiskChain joining = chain.joining(
                chain.nextLayer(Path.of("/3"), SIZE, Optional.of(2)),
                new DiskLayer.Kept(B, Instant.parse("2026-01-01T00:00:00Z"), false));
        for (DiskChain each : List.of(fresh, chain, joining)) {
            record.write(each);
            assertThat(record.read()).contains(each);
        }
        assertThat(joining.active()).isEqualTo(2);
        assertThat(joining.next()).isEqualTo(4);
        assertThat(OrielJson.mapper().writeValueAsString(fresh)).doesNotContain("links", "top", "\"path\"");
    }

    @Test
    void damagedRecord_isNoEmptyDisk() throws IOException {
        Files.writeString(dir.resolve("disk.json"), "{\"base\":[],\"layers\":[],\"active\":1");
        assertThatThrownBy(() -> new DiskRecord(dir).read()).isInstanceOf(IOException.class);
        Files.writeString(dir.resolve("disk.json"), "{\"base\":[],\"layers\":[],\"active\":1,\"next\":2,\"source\":0}");
        assertThatThrownBy(() -> new DiskRecord(dir).read()).isInstanceOf(IOException.class);
    }

    private static DiskChain snap(DiskChain chain, SnapshotId id) {
        DiskLayer top = chain.nextLayer(Path.of("/" + chain.next()), SIZE, Optional.of(chain.active()));
        return chain.snapped(top, new DiskLayer.Kept(id, Instant.EPOCH, true));
    }

    private static DiskChain restore(DiskChain chain, SnapshotId id, long serial) {
        DiskLayer below = chain.snapshot(id).orElseThrow();
        return chain.restored(chain.nextLayer(Path.of("/" + chain.next()), SIZE, Optional.of(below.id())), serial);
    }

    private static List<String> nodes(DiskChain chain) {
        return chain.links().stream().map(DiskLink::node).toList();
    }
}
