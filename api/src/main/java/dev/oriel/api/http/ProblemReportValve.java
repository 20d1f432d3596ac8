package dev.oriel.api.http;

import dev.oriel.api.http.ProblemMapping.Failure;
import dev.oriel.core.error.Problem;
import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tomcat's last word on requests too broken to reach a filter, as a problem instead of Tomcat's page. */
public class ProblemReportValve extends ErrorReportValve {
    private static final Logger LOG = LoggerFactory.getLogger(ProblemReportValve.class);

    @Override
    protected void report(Request request, Response response, @Nullable Throwable thrown) {
        if (response.getStatus() < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
            return;
        }
        String id = RequestId.fresh();
        Failure failure = ProblemMapping.ofStatus(response.getStatus());
        String body = OrielJson.mapper()
                .writeValueAsString(Problem.body(failure.code(), failure.detail(), id, failure.extra()));
        try {
            response.setContentType(Problem.MEDIA_TYPE);
            response.setHeader(RequestId.HEADER, id);
            response.setHeader("X-Content-Type-Options", "nosniff");
            response.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
            response.finishResponse();
        } catch (IOException e) {
            LOG.debug("The client left before it heard of its error", e);
        }
    }
}
