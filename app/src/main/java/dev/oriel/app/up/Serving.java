package dev.oriel.app.up;

import java.util.concurrent.CountDownLatch;

/** Serves until asked to stop; meanwhile tells of templates. */
final class Serving implements Up.Stay {
    @Override
    public void until(CountDownLatch stopRequested, Up.Ready ready) throws InterruptedException {
        Wiring wiring = ready.wiring();
        Thread templates = new TemplateWatch(
                        wiring.port("host"), wiring.settings().getOrDefault("oriel.host.secret", ""), ready.progress())
                .start();
        try {
            stopRequested.await();
        } finally {
            templates.interrupt();
        }
    }
}
