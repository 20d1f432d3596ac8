package dev.oriel.host.instant;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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
 * Keeps a frozen running state, and warm clones of it, for every template that VMs can be made from. Works in the
 * background: until a state is there VMs boot cold. Thread-safe.
 */
public final class InstantTemplates implements AutoCloseable {
    private static final Logger LOG = System.getLogger(InstantTemplates.class.getName());
    private static final Duration LOOK = Duration.ofSeconds(2);
    private static final Duration LOAD_LIMIT = Duration.ofMinutes(2);
    private static final Duration AFTER_FAILURE = Duration.ofMinutes(10);
    /** A hand-out is followed by somebody who looks: their picture comes before the next clone. */
    private static final Duration AFTER_TAKE = Duration.ofMillis(400);
    /** What a warm clone takes at most on average, seen at a desktop of 512 MiB. */
    private static final long CLONE_BYTES = 140L << 20;

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
    private final Map<TemplateName, Situation> situations = new ConcurrentHashMap<>();
    private final Demand demand = new Demand(System::nanoTime);
    private final Set<TemplateName> wished = ConcurrentHashMap.newKeySet();
    private final Map<String, Integer> failures = new ConcurrentHashMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean collected;

    /**
     * What is known of one template.
     *
     * @param start what its VMs start from, when there is something
     * @param step what is being done, or why nothing can be
     * @param retryNanos when to try again after a failure
     */
    private record Situation(
            Shape shape, String key, Optional<InstantStart> start, Optional<String> step, long retryNanos) {
        Situation doing(String what) {
            return new Situation(shape, key, start, Optional.of(what), retryNanos);
        }

        Situation failed(String why) {
            return new Situation(
                    shape, key, Optional.empty(), Optional.of(why), System.nanoTime() + AFTER_FAILURE.toNanos());
        }

        /** To be tried again without waiting. */
        Situation now() {
            return new Situation(shape, key, start, step, System.nanoTime());
        }

        Situation with(InstantStart found) {
            return new Situation(shape, key, Optional.of(found), Optional.empty(), retryNanos);
        }
    }

    /** Takes over what an earlier one left; works only after {@link #start}. */
    public InstantTemplates(InstantPlaces places, InstantConfig config, TemplateLibrary templates) throws IOException {
        this.places = places;
        this.config = config;
        this.templates = templates;
        this.store = new FrozenStore(places.data(), places.overlays());
        this.pool = new ClonePool(places, closing);
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
            threads.add(
                    Thread.ofVirtual().name("instant-freezer").start(() -> loop(this::freezeNext, new Semaphore(0))));
            threads.add(Thread.ofVirtual().name("instant-pool").start(() -> loop(this::fillNext, poolWork)));
        }
    }

    /** What a new VM can start from; empty: it boots cold. */
    public Optional<InstantStart> startFor(TemplateName template, VmSpec spec) {
        return Optional.ofNullable(situations.get(template))
                .filter(situation ->
                        spec.source().isEmpty() && situation.shape().fits(spec))
                .filter(situation -> isNow(template, situation.shape()))
                .flatMap(Situation::start)
                .filter(this::isHeld);
    }

    /** Whether the frozen memory is still in memory: somebody may have killed the process that holds it. */
    private boolean isHeld(InstantStart start) {
        return Files.exists(start.memory().file());
    }

    /** Whether the template still is what was frozen: the freezer may not have seen yet that it has changed. */
    private boolean isNow(TemplateName template, Shape shape) {
        return templates
                .ready(template)
                .flatMap(Shape::of)
                .filter(shape::equals)
                .isPresent();
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
        situations.forEach((name, known) -> {
            if (known.key().equals(start.frozen().key())) {
                demand.note(name);
            }
        });
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
        situations.replaceAll((name, known) -> known.key().equals(key) ? known.failed("no VM starts from it") : known);
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
        wished.add(name);
        situations.computeIfPresent(name, (_, known) -> known.start().isPresent() ? known : known.now());
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
        Optional<Situation> known = Optional.ofNullable(situations.get(status.name()));
        return new TemplateStatus(
                status.name(),
                status.title(),
                status.description(),
                status.cpus(),
                status.memory(),
                status.disk(),
                status.ready(),
                status.progress(),
                status.step().or(() -> known.flatMap(Situation::step)).or(() -> known.flatMap(this::poorPool)),
                status.failed(),
                known.filter(situation -> isNow(status.name(), situation.shape()))
                        .flatMap(Situation::start)
                        .filter(this::isHeld)
                        .isPresent(),
                known.map(situation -> pool.ready(situation.key())).orElse(0),
                known.isPresent() ? targetOf(status.name()) : 0);
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
            Optional<Shape> shape = templates.ready(status.name()).flatMap(Shape::of);
            if (shape.isPresent() && look(status.name(), shape.get(), hypervisor)) {
                return true;
            }
        }
        if (!collected) {
            collected = true;
            situations.keySet().removeIf(name -> templates.ready(name).isEmpty());
            pool.retain(keys());
            collect();
        }
        return false;
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

    /** Brings one template a step further; false when it needs nothing, or nothing can be done now. */
    private boolean look(TemplateName name, Shape shape, Hypervisor hypervisor) throws InterruptedException {
        Situation known = situations.get(name);
        if (known == null || !known.shape().equals(shape)) {
            known = new Situation(shape, shape.key(hypervisor), Optional.empty(), Optional.empty(), System.nanoTime());
            situations.put(name, known);
            pool.retain(keys());
        }
        if (closing.getCount() == 0) {
            return false;
        }
        if (known.start().filter(start -> !isHeld(start)).isPresent()) {
            LOG.log(Level.WARNING, "the memory of template {0} is gone and is read again", name);
            known = new Situation(shape, known.key(), Optional.empty(), Optional.empty(), System.nanoTime());
        }
        if (known.start().isPresent() || known.retryNanos() - System.nanoTime() > 0) {
            return false;
        }
        try {
            make(name, known, hypervisor);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "template " + name + " could not be made instant", e);
            situations.put(name, known.failed("it cannot be frozen: " + reason(e)));
        }
        return true;
    }

    private void make(TemplateName name, Situation known, Hypervisor hypervisor)
            throws IOException, InterruptedException {
        Optional<FrozenState> kept = store.find(known.key());
        if (kept.isEmpty()) {
            LOG.log(Level.INFO, "freezing a running copy of template {0}", name);
        }
        FrozenState frozen = kept.isPresent()
                ? kept.get()
                : freezer.freeze(
                        known.shape(),
                        known.key(),
                        hypervisor,
                        () -> wished.contains(name),
                        step -> situations.put(name, known.doing(step)));
        wished.remove(name);
        SealedMemory memory = hold(frozen);
        situations.put(name, known.with(new InstantStart(frozen, memory)));
        LOG.log(Level.INFO, "template {0} starts instantly", name);
        poolWork.release();
    }

    private boolean fillNext(Hypervisor hypervisor) throws IOException, InterruptedException {
        for (Map.Entry<TemplateName, Situation> entry : situations.entrySet()) {
            Optional<InstantStart> start = entry.getValue().start();
            if (start.filter(this::isHeld).isPresent()
                    && pool.ready(start.get().frozen().key()) < targetOf(entry.getKey())
                    && fitsAnother()) {
                if (closing.await(AFTER_TAKE.toMillis(), TimeUnit.MILLISECONDS)) {
                    return false;
                }
                pool.fill(
                        start.get().frozen(),
                        start.get().memory(),
                        entry.getValue().shape(),
                        hypervisor);
                // The template may have changed meanwhile: nobody takes a clone of what it was.
                pool.retain(keys());
                return true;
            }
        }
        return endOneTooMany();
    }

    /** Warm clones that were worth keeping while many VMs began are let go one by one. */
    private boolean endOneTooMany() {
        for (Map.Entry<TemplateName, Situation> entry : situations.entrySet()) {
            String key = entry.getValue().key();
            if (pool.ready(key) > targetOf(entry.getKey()) && pool.drop(key)) {
                return true;
            }
        }
        return false;
    }

    /** Why there are fewer warm clones of a template than wanted, when nothing will change that by itself. */
    private Optional<String> poorPool(Situation known) {
        boolean wants = situations.entrySet().stream()
                .anyMatch(
                        entry -> entry.getValue().equals(known) && pool.ready(known.key()) < targetOf(entry.getKey()));
        return wants && known.start().isPresent() && !fitsAnother()
                ? Optional.of("no memory left for warm clones")
                : Optional.empty();
    }

    private boolean fitsAnother() {
        return (pool.size() + 1) * CLONE_BYTES <= config.poolMemory().value();
    }

    private int targetOf(TemplateName name) {
        return config.poolFor(name, demand.of(name));
    }

    private Set<String> keys() {
        Set<String> keys = new HashSet<>();
        situations.values().forEach(situation -> keys.add(situation.key()));
        return keys;
    }

    /** For users: without paths. */
    private static String reason(IOException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains("/") ? "see the host's log" : message;
    }
}
