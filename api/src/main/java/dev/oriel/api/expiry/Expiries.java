package dev.oriel.api.expiry;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.VmLimitRules;
import dev.oriel.api.host.Hosts;
import dev.oriel.api.loop.Loop;
import dev.oriel.api.loop.LoopOwner;
import dev.oriel.api.loop.Nudge;
import dev.oriel.api.vm.Vm;
import dev.oriel.api.vm.Vms;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Looks every few seconds which VMs have run, stood unwatched or lain about for as long as they may, tells their owners
 * in advance, and stops or deletes them when it is time. One replica at a time does it.
 */
@Component
class Expiries extends LoopOwner {
    private static final Logger LOG = LoggerFactory.getLogger(Expiries.class);
    private static final Duration EVERY = Duration.ofSeconds(5);

    private final ExpiryStore store;
    private final Vms vms;
    private final Hosts hosts;
    private final VmLimitRules rules;
    private final Clock clock;
    private final TransactionTemplate leading;
    private final TransactionTemplate apart;
    private final Nudge never = new Nudge();

    Expiries(
            ExpiryStore store,
            Vms vms,
            Hosts hosts,
            ApiConfig config,
            Clock clock,
            PlatformTransactionManager transactions) {
        this.store = store;
        this.vms = vms;
        this.hosts = hosts;
        this.rules = config.vmLimits();
        this.clock = clock;
        this.leading = new TransactionTemplate(transactions);
        this.apart = new TransactionTemplate(transactions);
        apart.setPropagationBehavior(TransactionDefinition.PROPAGATION_NOT_SUPPORTED);
    }

    private void turn() throws InterruptedException {
        never.await(EVERY);
        leading.executeWithoutResult(status -> {
            if (store.lead()) {
                apart.executeWithoutResult(inner -> look(clock.instant()));
            }
        });
    }

    private void look(Instant now) {
        Watched watched = Watched.on(hosts.all());
        for (Candidate vm : store.candidates()) {
            Vm.Expiry plan = vm.plan(rules.of(vm.template()), rules.suspendAfter(), watched.mayBe(vm), now);
            if (!plan.equals(vm.expiry())) {
                vms.plan(vm.id(), vm.state(), plan);
            } else if (plan.at().filter(at -> !at.isAfter(now)).isPresent()) {
                Optional<Vm> ended = vms.expire(vm.id(), plan, now);
                ended.ifPresent(done -> LOG.info(
                        "The time of VM {} is over: {}", done.id(), plan.fate().orElseThrow()));
            }
        }
    }

    @Override
    protected List<Loop> startLoops() {
        return List.of(Loop.start("expiries", this::turn));
    }
}
