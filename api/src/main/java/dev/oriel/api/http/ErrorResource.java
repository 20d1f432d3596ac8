package dev.oriel.api.http;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.RequestMapping;

/** What the container dispatches to when something outside of the controllers called {@code sendError}. */
@Controller
class ErrorResource implements ErrorController {
    private final ProblemWriter problems;

    ErrorResource(ProblemWriter problems) {
        this.problems = problems;
    }

    @Public
    @RequestMapping("/error")
    void error(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Object status = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
        problems.write(request, response, ProblemMapping.ofStatus(status instanceof Integer known ? known : 404));
    }
}
