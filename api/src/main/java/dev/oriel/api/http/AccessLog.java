package dev.oriel.api.http;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * One line for each request: who, what, how it ended, how long it took. Never a query string, a header with a
 * credential, or a body.
 */
@Component
public class AccessLog {
    /** The request attribute that names the account, set by whoever found out. */
    public static final String ACCOUNT = AccessLog.class.getName() + ".account";

    private static final Logger LOG = LoggerFactory.getLogger("dev.oriel.access");
    private static final int MAX_LENGTH = 300;
    private static final Pattern SHARE_TOKEN = Pattern.compile("(/shares|/pages/share)/[^/]+");

    private final ClientAddress addresses;

    AccessLog(ClientAddress addresses) {
        this.addresses = addresses;
    }

    /** Logs now, or at the end of an answer that goes on asynchronously. */
    void finished(HttpServletRequest request, HttpServletResponse response, long beginNanos) {
        if (!request.isAsyncStarted()) {
            log(request, response, beginNanos);
            return;
        }
        request.getAsyncContext().addListener(new AsyncListener() {
            @Override
            public void onComplete(AsyncEvent event) {
                log(request, response, beginNanos);
            }

            @Override
            public void onTimeout(AsyncEvent event) {
                // onComplete follows.
            }

            @Override
            public void onError(AsyncEvent event) {
                // onComplete follows.
            }

            @Override
            public void onStartAsync(AsyncEvent event) {
                event.getAsyncContext().addListener(this);
            }
        });
    }

    private void log(HttpServletRequest request, HttpServletResponse response, long beginNanos) {
        LOG.atInfo()
                .addKeyValue("method", bounded(request.getMethod()))
                .addKeyValue("path", bounded(withoutSecrets(request.getRequestURI())))
                .addKeyValue("status", response.getStatus())
                .addKeyValue("millis", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beginNanos))
                .addKeyValue("address", addresses.of(request))
                .addKeyValue("account", request.getAttribute(ACCOUNT))
                .addKeyValue("agent", bounded(request.getHeader("User-Agent")))
                .addKeyValue("requestId", RequestId.of(request))
                .log("request");
    }

    /** A share link's token stands in its path: who has it is in. */
    static String withoutSecrets(String path) {
        return SHARE_TOKEN.matcher(path).replaceFirst("$1/*");
    }

    private static @Nullable String bounded(@Nullable String text) {
        return text == null || text.length() <= MAX_LENGTH ? text : text.substring(0, MAX_LENGTH);
    }
}
