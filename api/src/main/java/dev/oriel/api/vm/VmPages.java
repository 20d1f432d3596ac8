package dev.oriel.api.vm;

import dev.oriel.core.account.UserId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Lists of VMs as JSON. What an owner's whole list looked like is kept for a while: pages and scripts ask for it every
 * few seconds, and seldom has anything changed. Postgres is asked each time which versions of which rows the list has
 * now; only when they are the same as before is the same text good. Thread-safe.
 */
@Component
class VmPages {
    private static final long MAX_BYTES = 16 << 20;
    private static final int MAX_PAGE = 128 << 10;

    private final VmStore store;
    private final VmAnswers answers;
    private final ObjectWriter writer;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<UserId, Page> pages = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    VmPages(VmStore store, VmAnswers answers, JsonMapper json) {
        this.store = store;
        this.answers = answers;
        this.writer = json.writerFor(new TypeReference<List<VmView>>() {});
    }

    private static final class Page {
        final List<VmStore.Version> versions;
        final byte[] json;

        Page(List<VmStore.Version> versions, byte[] json) {
            this.versions = versions;
            this.json = json;
        }
    }

    byte[] json(List<Vm> vms) {
        return writer.writeValueAsBytes(vms.stream().map(answers::plain).toList());
    }

    /** All VMs of {@code owner} in the order they were made; null when there are more than {@code limit}. */
    byte @Nullable [] whole(UserId owner, int limit) {
        Page known = known(owner);
        if (known != null && known.versions.equals(store.versions(owner, limit + 1))) {
            return known.json;
        }
        List<VmStore.Versioned> rows = store.first(owner, limit + 1);
        if (rows.size() > limit) {
            return null;
        }
        Page page = new Page(
                rows.stream().map(VmStore.Versioned::version).toList(),
                json(rows.stream().map(VmStore.Versioned::vm).toList()));
        keep(owner, page);
        return page.json;
    }

    private @Nullable Page known(UserId owner) {
        lock.lock();
        try {
            return pages.get(owner);
        } finally {
            lock.unlock();
        }
    }

    private void keep(UserId owner, Page page) {
        lock.lock();
        try {
            forget(pages.remove(owner));
            if (page.json.length > MAX_PAGE) {
                return;
            }
            pages.put(owner, page);
            bytes += page.json.length;
            // Those that nobody has asked for longest go first.
            var oldest = pages.entrySet().iterator();
            while (bytes > MAX_BYTES && oldest.hasNext()) {
                forget(oldest.next().getValue());
                oldest.remove();
            }
        } finally {
            lock.unlock();
        }
    }

    private void forget(@Nullable Page page) {
        bytes -= page == null ? 0 : page.json.length;
    }
}
