package dev.oriel.host.instant;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.ShapeStatus;
import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.disk.DiskChain;
import dev.oriel.host.qemu.Hypervisor;
import dev.oriel.host.qemu.SealedMemory;
import dev.oriel.host.template.ReadyTemplate;
import dev.oriel.host.template.TemplateLibrary;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a frozen running state, and warm clones of it, for every template that VMs can be made from, and frozen states
 * of other hardware that VMs were made with. Works in the background: until a state is there VMs boot cold. Thread-safe.
 */
public final class InstantTemplates implements AutoCloseable {
    private static final Logger LOG = System.getLogger(InstantTemplates.class.getName());
    private static final Duration LOOK = Duration.ofSeconds(2);
    private static final Duration LOAD_LIMIT = Duration.ofMinutes(2);

    private static final int MAX_FAILURES = 3;
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    private final InstantPlaces places;
    private final InstantConfig config;
    private final TemplateLibrary templates;
    private final FrozenStore store;
    private final ClonePool pool;
    private final Freezer freezer;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Semaphore poolWork = new Semaphore(0);
    private final Map<Kind, Situation> situations = new ConcurrentHashMap<>();
    private final PoolFilling filling;
    private final OtherShapes others;
    private final Set<Kind> wished = ConcurrentHashMap.newKeySet();
    private final Map<String, Integer> failures = new ConcurrentHashMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean collected;

    /** Takes over what an earlier one left; works only after {@link #start}. */
    public InstantTemplates(InstantPlaces places, InstantConfig config, TemplateLibrary templates) throws IOException {
        this.places = places;
        this.config = config;
        this.templates = templates;
        this.store = new FrozenStore(places.data(), places.overlays());
        this.others = new OtherShapes(config.shapes(), config.shapesMemory(), config.shapesDelay(), places.clock());
        this.pool = new ClonePool(places, closing);
        this.filling = new PoolFilling(pool, config, situations, closing);
        this.freezer = new Freezer(places, store, config, closing);
    }

    /** Whether the instance in this directory is a warm clone, and is taken over as one. */
    public boolean adopts(Path instance) {
        return config.enabled() && pool.adopt(instance);
    }

    /** Begins to work. Nothing of an earlier VM Manager may be at work any more. */
    public void start() throws IOException {
        store.removeParts();
        pool.sweep();
        if (config.enabled()) {
            adoptOthers();
            threads.add(
                    Thread.ofVirtual().name("instant-freezer").start(() -> loop(this::freezeNext, new Semaphore(0))));
            threads.add(Thread.ofVirtual().name("instant-pool").start(() -> loop(filling::next, poolWork)));
        }
    }

    /** Frozen states of other hardware from before, those used last first. */
    private void adoptOthers() throws IOException {
        Map<Kind, Instant> found = new HashMap<>();
        for (String key : store.keys()) {
            Optional<FrozenState> state = store.find(key);
            Optional<Kind> kind = state.flatMap(FrozenState::otherKind);
            if (kind.isPresent()) {
                found.merge(kind.get(), store.lastUsed(state.get()), (a, b) -> a.isAfter(b) ? a : b);
            }
        }
        found.entrySet().stream()
                .sorted(Map.Entry.<Kind, Instant>comparingByValue().reversed())
                .forEach(entry -> others.adopt(entry.getKey(), entry.getValue()));
    }

    /** What a new VM can start from; empty: it boots cold. */
    public Optional<InstantStart> startFor(TemplateName template, VmSpec spec) {
        Optional<Kind> kind = config.enabled() ? Kind.of(spec, templates) : Optional.empty();
        if (kind.isEmpty()) {
            return Optional.empty();
        }
        boolean other = !kind.get().isUsual() && others.note(kind.get());
        Optional<InstantStart> start = Optional.ofNullable(situations.get(kind.get()))
                .filter(situation -> isNow(kind.get(), situation.shape()))
                .flatMap(Situation::start)
                .filter(InstantStart::isHeld);
        if (other && start.isPresent()) {
            noteUse(start.get().frozen());
        }
        return start;
    }

    private void noteUse(FrozenState state) {
        try {
            store.noteUse(state, places.clock().instant());
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "its use is not noted", e);
        }
    }

    /** Whether the template still is what was frozen: the freezer may not have seen yet that it has changed. */
    private boolean isNow(Kind kind, Shape shape) {
        return kind.shapeIn(templates).filter(shape::equals).isPresent();
    }

    /** The key of the frozen state that a disk stands on. */
    public Optional<String> keyBelow(DiskChain disk) {
        return disk.base().stream()
                .map(DiskChain.Shared::path)
                .filter(file -> file.startsWith(places.data().resolve("vms/instant")))
                .map(file -> String.valueOf(file.resolveSibling("").getFileName()))
                .findFirst();
    }

    /** The frozen state of this key with its memory, which is loaded when it is not; empty when there is none. */
    public Optional<InstantStart> find(String key) throws IOException, InterruptedException {
        Optional<FrozenState> frozen = store.find(key);
        return frozen.isPresent() ? Optional.of(new InstantStart(frozen.get(), hold(frozen.get()))) : Optional.empty();
    }

    private synchronized SealedMemory hold(FrozenState frozen) throws IOException, InterruptedException {
        Optional<SealedMemory> held = SealedMemory.find(frozen.holder(), frozen.memoryName());
        return held.isPresent()
                ? held.get()
                : SealedMemory.load(frozen.ram(), frozen.holder(), frozen.memoryName(), LOAD_LIMIT);
    }

    /** A warm clone for a VM that can start from {@code start}; the VM owns it from now on. */
    public Optional<PooledClone> take(InstantStart start) {
        Optional<PooledClone> taken = pool.take(start.frozen().key());
        filling.noteUseOf(start.frozen().key());
        poolWork.release();
        return taken;
    }

    /** The VM has everything that was the clone's. */
    public void handedOver(PooledClone clone) throws IOException {
        PooledClone.forget(places.run().resolve(clone.instance()));
    }

    /** A VM could not start from this state: after a few of them it is given up, and made again when no disk needs it. */
    public void failed(InstantStart start) {
        String key = start.frozen().key();
        if (failures.merge(key, 1, Integer::sum) < MAX_FAILURES) {
            return;
        }
        LOG.log(Level.WARNING, "frozen state {0} is of no use", key);
        failures.remove(key);
        situations.replaceAll((_, known) -> known.key().equals(key) ? known.failed("no VM starts from it") : known);
        try {
            if (!store.isReferenced(key, places.run())) {
                store.remove(key);
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, "a frozen state could not be removed", e);
        }
    }

    /**
     * This template is to be instant: it is tried at once, and frozen as it is when it does not come to rest.
     *
     * @throws OrielException as {@link dev.oriel.core.host.HostApi#freezeTemplate} says
     */
    public void freeze(TemplateName name) {
        ReadyTemplate template = templates
                .ready(name)
                .orElseThrow(() -> new OrielException(ErrorCode.TEMPLATE_NOT_READY, "this template is not ready yet"));
        if (!config.enabled()) {
            throw new OrielException(ErrorCode.STATE_CONFLICT, "this host freezes no templates");
        }
        if (Shape.of(template).isEmpty()) {
            throw new OrielException(ErrorCode.STATE_CONFLICT, "VMs of this template start from an empty disk");
        }
        wished.add(Kind.usual(name));
        others.all().stream().filter(kind -> kind.template().equals(name)).forEach(wished::add);
        situations.replaceAll(
                (kind, known) -> wished.contains(kind) && known.start().isEmpty() ? known.now() : known);
    }

    /** Looks again for states that nothing needs, when there is nothing else to do. */
    public void collectSoon() {
        collected = false;
    }

    /** Uids that clones run under. */
    public Set<Integer> uids() {
        return pool.uids();
    }

    /** Instances that no VM owns and that are not orphans: warm clones, and guests at work here. */
    public Set<String> instances() {
        Set<String> all = new HashSet<>(places.working());
        all.addAll(pool.instances());
        return all;
    }

    /** The template's status with what is known here. */
    public TemplateStatus seen(TemplateStatus status) {
        Kind usual = Kind.usual(status.name());
        Optional<Situation> known = Optional.ofNullable(situations.get(usual));
        return new TemplateStatus(
                status.name(),
                status.title(),
                status.description(),
                status.cpus(),
                status.memory(),
                status.disk(),
                status.ready(),
                status.progress(),
                status.step().or(() -> known.flatMap(Situation::step)).or(() -> known.flatMap(filling::isPoor)),
                status.failed(),
                isInstant(usual),
                known.map(situation -> pool.ready(situation.key())).orElse(0),
                known.isPresent() ? filling.targetOf(usual) : 0,
                shapesOf(status.name()));
    }

    private boolean isInstant(Kind kind) {
        return Optional.ofNullable(situations.get(kind))
                .filter(situation -> isNow(kind, situation.shape()))
                .flatMap(Situation::start)
                .filter(InstantStart::isHeld)
                .isPresent();
    }

    private List<ShapeStatus> shapesOf(TemplateName name) {
        return others.all().stream()
                .filter(kind -> kind.template().equals(name))
                .flatMap(kind -> kind.other().stream().map(hardware -> seen(kind, hardware)))
                .sorted(Comparator.comparingInt(ShapeStatus::cpus)
                        .thenComparing(ShapeStatus::memory)
                        .thenComparing(ShapeStatus::disk))
                .toList();
    }

    private ShapeStatus seen(Kind kind, Kind.Hardware hardware) {
        boolean instant = isInstant(kind);
        Optional<String> step = Optional.ofNullable(situations.get(kind)).flatMap(Situation::step);
        return new ShapeStatus(
                hardware.cpus(),
                hardware.memory(),
                hardware.disk(),
                instant,
                instant ? Optional.empty() : step.or(() -> Optional.of("waiting for its turn to be frozen")));
    }

    /** Stops working; clones and frozen memory stay for the next one. */
    @Override
    public void close() {
        closing.countDown();
        threads.forEach(Thread::interrupt);
        try {
            for (Thread thread : threads) {
                boolean _ = thread.join(CLOSE_LIMIT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** As {@link #close}, and nothing of it stays but files. */
    public void stop() {
        close();
        pool.clear();
        try {
            store.endHolders();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "frozen memory could not be let go", e);
        }
    }

    private interface Work {
        /** Does what is next; false when there is nothing to do. */
        boolean next(Hypervisor hypervisor) throws IOException, InterruptedException;
    }

    private void loop(Work work, Semaphore news) {
        try {
            Hypervisor hypervisor = places.hypervisor().get();
            while (closing.getCount() > 0) {
                turn(work, news, hypervisor);
            }
        } catch (InterruptedException e) {
            LOG.log(Level.DEBUG, "instant templates end");
        } catch (ExecutionException e) {
            LOG.log(Level.INFO, "no instant templates without QEMU");
        }
    }

    private void turn(Work work, Semaphore news, Hypervisor hypervisor) throws InterruptedException {
        try {
            if (!work.next(hypervisor)) {
                boolean _ = news.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS);
                int _ = news.drainPermits();
            }
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.WARNING, "instant templates", e);
            boolean _ = closing.await(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private boolean freezeNext(Hypervisor hypervisor) throws IOException, InterruptedException {
        for (TemplateStatus status : templates.statuses()) {
            if (look(Kind.usual(status.name()), hypervisor)) {
                return true;
            }
        }
        dropOthers();
        for (Kind kind : others.due()) {
            if (look(kind, hypervisor)) {
                return true;
            }
        }
        if (!collected) {
            collected = true;
            situations.keySet().removeIf(kind -> kind.shapeIn(templates).isEmpty());
            pool.retain(keys());
            collect();
        }
        return false;
    }

    /** Hardware that nobody asked for any more when others did: its state goes, or at least the memory that holds it. */
    private void dropOthers() throws IOException {
        others.all().stream().filter(kind -> kind.shapeIn(templates).isEmpty()).forEach(others::forget);
        Set<Kind> kept = others.all();
        for (Map.Entry<Kind, Situation> entry : Map.copyOf(situations).entrySet()) {
            if (!entry.getKey().isUsual() && !kept.contains(entry.getKey())) {
                situations.remove(entry.getKey());
                if (!keys().contains(entry.getValue().key())) {
                    store.letGo(entry.getValue().key());
                }
                collected = false;
            }
        }
    }

    /** Removes states of earlier hardware, QEMUs and images that no disk stands on any more. */
    private void collect() throws IOException {
        Set<String> current = keys();
        for (String key : store.keys()) {
            if (!current.contains(key) && !store.isReferenced(key, places.run())) {
                LOG.log(Level.INFO, "frozen state {0} is not needed any more", key);
                store.remove(key);
            }
        }
    }

    /** Brings one kind a step further; false when it needs nothing, or nothing can be done now. */
    private boolean look(Kind kind, Hypervisor hypervisor) throws InterruptedException {
        Optional<Shape> shape = kind.shapeIn(templates);
        if (shape.isEmpty()) {
            return false;
        }
        Situation known = situations.get(kind);
        if (known == null || !known.shape().equals(shape.get())) {
            known = Situation.fresh(shape.get(), shape.get().key(hypervisor));
            situations.put(kind, known);
            pool.retain(keys());
        }
        if (closing.getCount() == 0) {
            return false;
        }
        if (known.start().filter(start -> !start.isHeld()).isPresent()) {
            LOG.log(Level.WARNING, "the memory of template {0} is gone and is read again", kind.template());
            known = Situation.fresh(shape.get(), known.key());
        }
        if (!known.isDue()) {
            return false;
        }
        try {
            make(kind, known, hypervisor);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "template " + kind.template() + " could not be made instant", e);
            situations.put(kind, known.failed("it cannot be frozen: " + reason(e)));
        }
        return true;
    }

    private void make(Kind kind, Situation known, Hypervisor hypervisor) throws IOException, InterruptedException {
        Optional<FrozenState> kept = store.find(known.key());
        if (kept.isEmpty()) {
            LOG.log(Level.INFO, "freezing a running copy of template {0}", kind.template());
            requireBudget(kind);
        }
        FrozenState frozen = kept.isPresent()
                ? kept.get()
                : freezer.freeze(
                        kind,
                        known.shape(),
                        known.key(),
                        hypervisor,
                        () -> wished.contains(kind),
                        step -> situations.put(kind, known.doing(step)));
        wished.remove(kind);
        SealedMemory memory = hold(frozen);
        situations.put(kind, known.with(new InstantStart(frozen, memory)));
        LOG.log(Level.INFO, "template {0} starts instantly", kind.template());
        poolWork.release();
    }

    /** States that only disks stand on any more count too: for them others have to wait. */
    private void requireBudget(Kind kind) throws IOException {
        if (kind.isUsual()) {
            return;
        }
        Set<String> usual = new HashSet<>();
        situations.forEach((each, situation) -> {
            if (each.isUsual()) {
                usual.add(situation.key());
            }
        });
        if (store.memoryBeside(usual) + kind.memoryBytes()
                > config.shapesMemory().value()) {
            throw new IOException("disks stand on too many frozen copies of other hardware");
        }
    }

    private Set<String> keys() {
        return Situation.keysOf(situations.values());
    }

    /** For users: without paths. */
    private static String reason(IOException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains("/") ? "see the host's log" : message;
    }
}
