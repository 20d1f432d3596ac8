package dev.oriel.api.upload;

import dev.oriel.api.account.Caller;
import io.swagger.v3.oas.annotations.Hidden;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RestController;

/** {@code /post/tus}: uploads that can be resumed. The answer to the last piece names the upload in {@code Oriel-Upload}. */
@RestController
@RequestMapping(TusUploads.PATH)
class TusResource {
    private static final String ONE = "/{id:[0-9a-f-]{36}}";

    private final TusUploads tus;

    TusResource(TusUploads tus) {
        this.tus = tus;
    }

    @PostMapping
    void begin(Caller caller, HttpServletRequest request, HttpServletResponse response) throws IOException {
        tell(tus.create(caller.id(), request, response), response);
        String location = response.getHeader("Location");
        if (location != null && caller.actsForTeam()) {
            response.setHeader("Location", location + "?team=" + caller.id());
        }
    }

    /** What of the protocol is spoken here. */
    @Hidden
    @RequestMapping(method = RequestMethod.OPTIONS)
    void abilities(Caller caller, HttpServletRequest request, HttpServletResponse response) throws IOException {
        tus.proceed(caller.id(), request, response);
    }

    @RequestMapping(path = ONE, method = RequestMethod.HEAD)
    void offset(Caller caller, HttpServletRequest request, HttpServletResponse response) throws IOException {
        tus.proceed(caller.id(), request, response);
    }

    @PatchMapping(path = ONE, consumes = "application/offset+octet-stream")
    void append(Caller caller, HttpServletRequest request, HttpServletResponse response) throws IOException {
        tell(tus.proceed(caller.id(), request, response), response);
    }

    @DeleteMapping(ONE)
    void cancel(Caller caller, HttpServletRequest request, HttpServletResponse response) throws IOException {
        tus.proceed(caller.id(), request, response);
    }

    private static void tell(Optional<Upload> whole, HttpServletResponse response) {
        whole.ifPresent(upload -> response.setHeader("Oriel-Upload", upload.id().toString()));
    }
}
