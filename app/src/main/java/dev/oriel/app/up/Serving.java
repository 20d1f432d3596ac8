package dev.oriel.app.up;

import java.util.concurrent.CountDownLatch;

/** Serves until asked to stop; meanwhile tells of templates, and prepares a faster next start. */
final class Serving implements Up.Stay {
    @Override
    public void until(CountDownLatch stopRequested, Up.Ready ready) throws InterruptedException {
        Wiring wiring = ready.wiring();
        Thread templates = new TemplateWatch(
                        wiring.port("host"), wiring.settings().getOrDefault("oriel.host.secret", ""), ready.progress())
                .start();
        StartCache.prepare(ready.data(), ready.children());
        try {
            stopRequested.await();
        } finally {
            templates.interrupt();
        }
    }
}
