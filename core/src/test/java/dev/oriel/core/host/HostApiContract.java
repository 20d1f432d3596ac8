package dev.oriel.core.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link HostApi} promises: the real host, the simulated one and the client over HTTP run this same suite.
 * A subclass gives a host and a template that boots in it.
 */
public abstract class HostApiContract {
    /** Longer than any boot or stop in the suite takes. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<VmSpec> made = new ArrayList<>();

    /** The host under test, the same for the whole of one test. */
    protected abstract HostApi host();

    /** A template that is ready and whose guest shows a frame within {@link #PATIENCE}. */
    protected abstract TemplateName template();

    /** Runs after each test; a subclass that closes its host calls it before. */
    @AfterEach
    protected final void deleteWhatWasMade() {
        for (VmSpec spec : made) {
            host().ensure(new VmAssignment(spec, VmGoal.DELETED, true, 1_000_000), PATIENCE);
        }
        made.clear();
    }

    @Test
    void info_saysWhatTheHostHas() {
        HostInfo info = host().info();
        assertThat(info.cpus()).isPositive();
        assertThat(info.memory().value()).isPositive();
        assertThat(info.diskFree().value()).isPositive();
        assertThat(info.maxVms()).isPositive();
    }

    @Test
    void templates_listTheOneThatBoots() {
        assertThat(host().templates()).anySatisfy(status -> {
            assertThat(status.name()).isEqualTo(template());
            assertThat(status.ready()).isTrue();
            assertThat(status.progress()).isEqualTo(100);
        });
    }

    @Test
    void ensureRunning_answersWithABootedVm() {
        VmSpec spec = spec();
        VmObservation running = run(spec, 7);
        assertThat(running.vm()).isEqualTo(spec.id());
        assertThat(running.generation()).isEqualTo(7);
        assertThat(running.bootMillis()).isPresent();
        assertThat(running.startedAt()).isPresent();
        assertThat(host().observe(spec.id())).contains(running);
        assertThat(host().info().vms()).isPositive();
    }

    @Test
    void ensureWithoutWait_answersAtOnce_andWorkGoesOn() {
        VmSpec spec = spec();
        VmObservation first = host().ensure(new VmAssignment(spec, VmGoal.RUNNING, false, 1), Duration.ZERO);
        assertThat(first.generation()).isEqualTo(1);
        assertThat(run(spec, 1).phase()).isEqualTo(VmPhase.RUNNING);
    }

    @Test
    void aRepeat_changesNothing() {
        VmSpec spec = spec();
        VmObservation first = run(spec, 1);
        assertThat(run(spec, 1)).isEqualTo(first);
        VmObservation newer = run(spec, 2);
        assertThat(newer.generation()).isEqualTo(2);
        assertThat(newer.startedAt()).isEqualTo(first.startedAt());
    }

    @Test
    void manyAtOnce_bootOnce() throws Exception {
        VmSpec spec = spec();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<VmObservation> call = () -> run(spec, 1);
            List<Future<VmObservation>> answers = threads.invokeAll(java.util.Collections.nCopies(8, call));
            for (Future<VmObservation> answer : answers) {
                assertThat(answer.get().startedAt())
                        .isEqualTo(answers.getFirst().get().startedAt());
            }
        }
    }

    @Test
    void anOlderAssignment_isRefused() {
        VmSpec spec = spec();
        run(spec, 5);
        assertFails(ErrorCode.STALE_GENERATION, () -> ensure(spec, VmGoal.STOPPED, false, 4));
        assertThat(host().observe(spec.id()).orElseThrow().phase()).isEqualTo(VmPhase.RUNNING);
    }

    @Test
    void stop_keepsTheVm_andStartBootsItAgain() {
        VmSpec spec = spec();
        VmObservation first = run(spec, 1);
        VmObservation stopped = ensure(spec, VmGoal.STOPPED, true, 2);
        assertThat(stopped.phase()).isEqualTo(VmPhase.STOPPED);
        assertThat(stopped.settled()).isTrue();
        assertThat(stopped.startedAt()).isEmpty();
        assertFails(ErrorCode.NOT_FOUND, () -> host().screenshot(spec.id()));
        VmObservation again = run(spec, 3);
        assertThat(again.startedAt()).isPresent().isNotEqualTo(first.startedAt());
    }

    @Test
    void stop_isIgnored_whenAlreadyStopped() {
        VmSpec spec = spec();
        run(spec, 1);
        ensure(spec, VmGoal.STOPPED, true, 2);
        VmObservation repeated = ensure(spec, VmGoal.STOPPED, false, 3);
        assertThat(repeated.phase()).isEqualTo(VmPhase.STOPPED);
        assertThat(repeated.settled()).isTrue();
    }

    @Test
    void force_overtakesAPatientStop() {
        VmSpec spec = spec();
        run(spec, 1);
        host().ensure(new VmAssignment(spec, VmGoal.STOPPED, false, 2), Duration.ZERO);
        VmObservation forced = ensure(spec, VmGoal.STOPPED, true, 3);
        assertThat(forced.phase()).isEqualTo(VmPhase.STOPPED);
        assertThat(forced.generation()).isEqualTo(3);
    }

    @Test
    void suspend_endsTheProcess_andTheGuestGoesOnWhenItIsToRun() {
        VmSpec spec = spec();
        run(spec, 1);
        VmObservation suspended = ensure(spec, VmGoal.SUSPENDED, false, 2);
        assertThat(suspended.phase()).as("%s", suspended.reason()).isEqualTo(VmPhase.SUSPENDED);
        assertThat(suspended.settled()).isTrue();
        assertThat(suspended.startedAt()).isEmpty();
        assertFails(ErrorCode.NOT_FOUND, () -> host().screenshot(spec.id()));
        assertThat(ensure(spec, VmGoal.SUSPENDED, false, 3).phase()).isEqualTo(VmPhase.SUSPENDED);
        VmObservation resumed = run(spec, 4);
        assertThat(resumed.phase()).as("%s", resumed.reason()).isEqualTo(VmPhase.RUNNING);
        ensure(spec, VmGoal.SUSPENDED, false, 5);
        assertThat(ensure(spec, VmGoal.STOPPED, true, 6).phase()).isEqualTo(VmPhase.STOPPED);
        assertThat(ensure(spec, VmGoal.SUSPENDED, false, 7).phase()).isEqualTo(VmPhase.STOPPED);
    }

    @Test
    void restart_startsTheGuestAnew_once() {
        VmSpec spec = spec();
        VmObservation first = run(spec, 1);
        VmAssignment restart = new VmAssignment(spec, VmGoal.RUNNING, true, 2).after(Optional.of(2L), Optional.empty());
        VmObservation again = settled(restart);
        assertThat(again.phase()).as("%s", again.reason()).isEqualTo(VmPhase.RUNNING);
        assertThat(again.generation()).isEqualTo(2);
        assertThat(again.startedAt()).isPresent().isNotEqualTo(first.startedAt());
        assertThat(settled(restart)).isEqualTo(again);
        VmAssignment later = new VmAssignment(spec, VmGoal.RUNNING, false, 3).after(Optional.of(2L), Optional.empty());
        assertThat(settled(later).startedAt()).isEqualTo(again.startedAt());
    }

    @Test
    void reset_keepsTheProcess_andMayBeRepeated() {
        VmSpec spec = spec();
        VmObservation first = run(spec, 1);
        VmAssignment reset = new VmAssignment(spec, VmGoal.RUNNING, false, 2).after(Optional.empty(), Optional.of(2L));
        VmObservation after = settled(reset);
        assertThat(after.phase()).as("%s", after.reason()).isEqualTo(VmPhase.RUNNING);
        assertThat(after.generation()).isEqualTo(2);
        assertThat(after.startedAt()).isEqualTo(first.startedAt());
        assertThat(settled(reset)).isEqualTo(after);
    }

    @Test
    void restartOfAStoppedVm_isAStart() {
        VmSpec spec = spec();
        run(spec, 1);
        ensure(spec, VmGoal.STOPPED, true, 2);
        VmObservation again =
                settled(new VmAssignment(spec, VmGoal.RUNNING, false, 3).after(Optional.of(3L), Optional.of(3L)));
        assertThat(again.phase()).isEqualTo(VmPhase.RUNNING);
    }

    @Test
    void delete_leavesNothing_andMayBeRepeated() {
        VmSpec spec = spec();
        run(spec, 1);
        VmObservation gone = ensure(spec, VmGoal.DELETED, true, 2);
        assertThat(gone.phase()).isEqualTo(VmPhase.GONE);
        assertThat(gone.settled()).isTrue();
        assertThat(host().observe(spec.id())).isEmpty();
        assertThat(ensure(spec, VmGoal.DELETED, true, 2).phase()).isEqualTo(VmPhase.GONE);
        assertFails(ErrorCode.STALE_GENERATION, () -> ensure(spec, VmGoal.RUNNING, false, 1));
    }

    @Test
    void deletingAVmThatNeverWas_isHarmless() {
        VmSpec spec = spec();
        assertThat(ensure(spec, VmGoal.DELETED, false, 1).phase()).isEqualTo(VmPhase.GONE);
        assertThat(host().observe(spec.id())).isEmpty();
    }

    @Test
    void anUnknownTemplate_isRefused_andLeavesNothing() {
        VmSpec known = spec();
        VmSpec spec = new VmSpec(
                known.id(),
                known.owner(),
                new TemplateName("no-such"),
                1,
                known.memory(),
                known.disk(),
                Optional.empty());
        assertFails(ErrorCode.UNKNOWN_TEMPLATE, () -> ensure(spec, VmGoal.RUNNING, false, 1));
        assertThat(host().observe(spec.id())).isEmpty();
    }

    @Test
    void aDiscTheHostWasNotGiven_isRefused() {
        VmSpec spec = withIso(digestOf("never put".getBytes(StandardCharsets.UTF_8)));
        assertFails(ErrorCode.NOT_FOUND, () -> ensure(spec, VmGoal.RUNNING, false, 1));
    }

    @Test
    void changes_tellEverythingFirst_thenOnlyWhatChanged() {
        VmSpec one = spec();
        VmSpec two = spec();
        run(one, 1);
        run(two, 1);
        VmChanges all = host().changes(0, Duration.ZERO);
        assertThat(all.complete()).isTrue();
        assertThat(all.vms()).extracting(VmObservation::vm).contains(one.id(), two.id());
        ensure(one, VmGoal.STOPPED, true, 2);
        VmChanges some = host().changes(all.next(), PATIENCE);
        assertThat(some.complete()).isFalse();
        assertThat(some.next()).isGreaterThan(all.next());
        assertThat(some.vms()).extracting(VmObservation::vm).containsExactly(one.id());
    }

    @Test
    void changes_tellOfADeletion() {
        VmSpec spec = spec();
        run(spec, 1);
        long before = host().changes(0, Duration.ZERO).next();
        ensure(spec, VmGoal.DELETED, true, 2);
        assertThat(host().changes(before, PATIENCE).vms()).anySatisfy(vm -> {
            assertThat(vm.vm()).isEqualTo(spec.id());
            assertThat(vm.phase()).isEqualTo(VmPhase.GONE);
        });
        assertThat(host().changes(0, Duration.ZERO).vms())
                .extracting(VmObservation::vm)
                .doesNotContain(spec.id());
    }

    @Test
    void changes_waitNoLongerThanAsked_whenNothingHappens() {
        run(spec(), 1);
        long now = host().changes(0, Duration.ZERO).next();
        VmChanges none = host().changes(now, Duration.ofMillis(50));
        assertThat(none.vms()).isEmpty();
        assertThat(none.complete()).isFalse();
        assertThat(none.next()).isEqualTo(now);
    }

    @Test
    void changes_wakeALongPoll() throws Exception {
        VmSpec spec = spec();
        run(spec, 1);
        long now = host().changes(0, Duration.ZERO).next();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<VmChanges> poll = threads.submit(() -> host().changes(now, PATIENCE));
            ensure(spec, VmGoal.STOPPED, true, 2);
            assertThat(poll.get().vms()).extracting(VmObservation::vm).containsExactly(spec.id());
        }
    }

    @Test
    void changesSinceAnEarlierLife_areComplete() {
        VmSpec spec = spec();
        run(spec, 1);
        VmChanges all = host().changes(1, PATIENCE);
        assertThat(all.complete()).isTrue();
        assertThat(all.vms()).extracting(VmObservation::vm).contains(spec.id());
    }

    @Test
    void screenshot_isAPng_ofARunningVmOnly() {
        VmSpec spec = spec();
        assertFails(ErrorCode.NOT_FOUND, () -> host().screenshot(spec.id()));
        run(spec, 1);
        assertThat(host().screenshot(spec.id())).startsWith(0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n');
    }

    @Test
    void images_arePutOnce_checkedAndForgotten() {
        byte[] iso = ("a disc " + VmId.random()).getBytes(StandardCharsets.UTF_8);
        ImageDigest digest = digestOf(iso);
        assertThat(host().hasImage(digest)).isFalse();
        put(digest, iso.length, iso);
        put(digest, iso.length, iso);
        assertThat(host().hasImage(digest)).isTrue();
        host().dropImage(digest);
        assertThat(host().hasImage(digest)).isFalse();
        assertThatCode(() -> host().dropImage(digest)).doesNotThrowAnyException();
    }

    @Test
    void imagesThatNothingNeeds_areListed_andKeptForAWhile() {
        ImageDigest digest = digestOf(new byte[] {3});
        put(digest, 1, new byte[] {3});
        assertThat(host().unusedImages()).extracting(UnusedImage::name).contains(digest + ".iso");
        assertThat(host().collectImages()).extracting(UnusedImage::name).doesNotContain(digest + ".iso");
        run(withIso(digest), 1);
        assertThat(host().unusedImages()).extracting(UnusedImage::name).doesNotContain(digest + ".iso");
    }

    @Test
    void discs_goInAndOutOfARunningVm() {
        VmSpec spec = spec();
        byte[] first = new byte[64 * 2048];
        byte[] second = ("another disc" + " ".repeat(4084)).getBytes(StandardCharsets.UTF_8);
        put(digestOf(first), first.length, first);
        put(digestOf(second), second.length, second);
        assertFails(ErrorCode.STATE_CONFLICT, () -> host().insertDisc(spec.id(), digestOf(first)));
        run(spec, 1);
        assertThat(host().disc(spec.id())).isEmpty();
        host().ejectDisc(spec.id());
        host().insertDisc(spec.id(), digestOf(first));
        host().insertDisc(spec.id(), digestOf(first));
        assertThat(host().disc(spec.id())).contains(digestOf(first));
        host().insertDisc(spec.id(), digestOf(second));
        assertThat(host().disc(spec.id())).contains(digestOf(second));
        assertFails(ErrorCode.NOT_FOUND, () -> host().insertDisc(spec.id(), digestOf(new byte[1])));
        host().ejectDisc(spec.id());
        assertThat(host().disc(spec.id())).isEmpty();
        host().insertDisc(spec.id(), digestOf(first));
        ensure(spec, VmGoal.STOPPED, true, 2);
        assertFails(ErrorCode.STATE_CONFLICT, () -> host().disc(spec.id()));
        run(spec, 3);
        assertThat(host().disc(spec.id())).isEmpty();
        host().dropImage(digestOf(first));
        host().dropImage(digestOf(second));
    }

    @Test
    void importedTemplate_becomesReady_andVmsAreMadeFromIt() throws Exception {
        TemplateImport wish = importOf(new byte[1 << 20], TemplateName.imported("mine", "0a1b2c3d"));
        assertFails(ErrorCode.NOT_FOUND, () -> host().importTemplate(wish));
        put(wish.source(), 1 << 20, new byte[1 << 20]);
        host().importTemplate(wish);
        TemplateStatus ready = awaitImported(wish);
        assertThat(ready.ready()).as("%s", ready).isTrue();
        assertThat(ready.title()).isEqualTo(wish.title());
        assertThat(ready.disk()).isEqualTo(wish.disk());
        assertThat(host().importTemplate(wish)).isEqualTo(ready);
        assertFails(ErrorCode.STATE_CONFLICT, () -> host().importTemplate(importOf(new byte[1 << 16], wish.name())));
        VmSpec spec = remembered(wish.name(), Optional.empty());
        run(spec, 1);
        assertFails(ErrorCode.STATE_CONFLICT, () -> host().dropTemplate(wish.name()));
        host().ensure(new VmAssignment(spec, VmGoal.DELETED, true, 2), PATIENCE);
        host().dropTemplate(wish.name());
        host().dropTemplate(wish.name());
        assertThat(host().templates()).noneMatch(status -> status.name().equals(wish.name()));
    }

    private TemplateStatus awaitImported(TemplateImport wish) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            TemplateStatus status = host().importTemplate(wish);
            if (status.ready() || status.failed()) {
                return status;
            }
            Thread.sleep(50);
        }
        throw new AssertionError("the import did not end");
    }

    private TemplateImport importOf(byte[] disk, TemplateName name) {
        return new TemplateImport(
                name, "My own", "", 1, Bytes.ofMiB(128), digestOf(disk), ImageFormat.RAW, new Bytes(disk.length));
    }

    @Test
    void anImageWithAnotherDigest_isRefused_andNothingIsKept() {
        byte[] iso = ("a disc " + VmId.random()).getBytes(StandardCharsets.UTF_8);
        ImageDigest other = digestOf("other".getBytes(StandardCharsets.UTF_8));
        assertFails(ErrorCode.BAD_REQUEST, () -> put(other, iso.length, iso));
        assertThat(host().hasImage(other)).isFalse();
    }

    @Test
    void anImageInUse_isNotDropped() {
        byte[] iso = ("a disc " + VmId.random()).getBytes(StandardCharsets.UTF_8);
        ImageDigest digest = digestOf(iso);
        put(digest, iso.length, iso);
        VmSpec spec = withIso(digest);
        host().ensure(new VmAssignment(spec, VmGoal.RUNNING, false, 1), Duration.ZERO);
        assertFails(ErrorCode.STATE_CONFLICT, () -> host().dropImage(digest));
        ensure(spec, VmGoal.DELETED, true, 2);
        host().dropImage(digest);
        assertThat(host().hasImage(digest)).isFalse();
    }

    @Test
    void userData_mustBeGivenBefore_andGoesWithTheVm() {
        byte[] data = ("#cloud-config\n# " + VmId.random() + "\n").getBytes(StandardCharsets.UTF_8);
        ImageDigest digest = digestOf(data);
        VmSpec spec = spec().booting(Optional.of(digest), Optional.empty());
        assertFails(ErrorCode.NOT_FOUND, () -> ensure(spec, VmGoal.RUNNING, false, 1));
        put(digest, data.length, data);
        run(spec, 1);
        assertFails(ErrorCode.STATE_CONFLICT, () -> host().dropImage(digest));
        ensure(spec, VmGoal.DELETED, true, 2);
        assertThat(host().hasImage(digest)).isFalse();
    }

    /** A new VM of the template, deleted at the end of the test. */
    protected final VmSpec spec() {
        return remembered(template(), Optional.empty());
    }

    /** Brings the VM to running and says what was seen. */
    protected final VmObservation run(VmSpec spec, long generation) {
        VmObservation seen = ensure(spec, VmGoal.RUNNING, false, generation);
        assertThat(seen.phase()).as("%s", seen.reason()).isEqualTo(VmPhase.RUNNING);
        assertThat(seen.settled()).isTrue();
        return seen;
    }

    protected final VmObservation ensure(VmSpec spec, VmGoal goal, boolean force, long generation) {
        return host().ensure(new VmAssignment(spec, goal, force, generation), PATIENCE);
    }

    private VmObservation settled(VmAssignment assignment) {
        VmObservation seen = host().ensure(assignment, PATIENCE);
        assertThat(seen.settled()).isTrue();
        return seen;
    }

    private VmSpec withIso(ImageDigest digest) {
        return remembered(template(), Optional.of(digest));
    }

    private VmSpec remembered(TemplateName template, Optional<ImageDigest> iso) {
        VmSpec spec = new VmSpec(VmId.random(), UserId.random(), template, 1, Bytes.ofMiB(64), Bytes.ofGiB(1), iso);
        made.add(spec);
        return spec;
    }

    private void put(ImageDigest digest, long size, byte[] content) {
        host().putImage(digest, new Bytes(size), new ByteArrayInputStream(content));
    }

    private static ImageDigest digestOf(byte[] content) {
        try {
            return new ImageDigest(HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(content)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void assertFails(ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        OrielException.class,
                        failure -> assertThat(failure.code()).isEqualTo(code));
    }
}
