package dev.oriel.api.http;

import dev.oriel.api.http.ProblemMapping.Failure;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.apache.catalina.connector.ClientAbortException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;
import org.springframework.web.servlet.ModelAndView;

/** Turns whatever a controller throws into a problem. Unexpected ones are logged here, once, with the request's id. */
@ControllerAdvice
@Order(Ordered.HIGHEST_PRECEDENCE)
class ProblemAdvice {
    private static final Logger LOG = LoggerFactory.getLogger(ProblemAdvice.class);

    private final ProblemWriter problems;

    ProblemAdvice(ProblemWriter problems) {
        this.problems = problems;
    }

    @ExceptionHandler
    ModelAndView handle(Exception thrown, HttpServletRequest request, HttpServletResponse response) throws IOException {
        // An empty view tells Spring that the answer is written.
        if (thrown instanceof AsyncRequestNotUsableException || thrown instanceof ClientAbortException) {
            LOG.debug("The client left", thrown);
        } else {
            Failure failure = ProblemMapping.of(thrown);
            log(failure, thrown);
            problems.write(request, response, failure);
        }
        return new ModelAndView();
    }

    static void log(Failure failure, Throwable thrown) {
        if (failure.code().status() == 500) {
            LOG.error("Unexpected failure", thrown);
        } else if (failure.code().status() > 500) {
            LOG.warn("{}: {}", failure.code().slug(), rootMessage(thrown));
        }
    }

    private static String rootMessage(Throwable thrown) {
        Throwable root = thrown;
        for (int depth = 0; root.getCause() != null && depth < 20; depth++) {
            root = root.getCause();
        }
        return root.toString();
    }
}
