package dev.oriel.api.admin;

import dev.oriel.api.account.Caller;
import dev.oriel.api.account.Role;
import dev.oriel.api.audit.Act;
import dev.oriel.api.audit.AuditLog;
import dev.oriel.api.http.Csv;
import dev.oriel.api.http.FieldError;
import dev.oriel.api.http.PageLink;
import dev.oriel.core.account.UserId;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code /admin/audit}: who did what that matters for security, newest first; as JSON, or as CSV for a spreadsheet. */
@RestController
@RequestMapping("/admin/audit")
class AuditResource {
    private static final int MAX_PAGE = 1000;

    private final AuditLog audit;

    AuditResource(AuditLog audit) {
        this.audit = audit;
    }

    @GetMapping
    ResponseEntity<List<AuditLog.Entry>> entries(
            Caller caller,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(defaultValue = "9223372036854775807") long after,
            @RequestParam(required = false) @Nullable UserId user,
            @RequestParam(required = false) @Nullable String act) {
        caller.require(Role.ADMIN);
        PageLink.checked(limit, MAX_PAGE);
        Map<String, @Nullable Object> parameters = new HashMap<>();
        parameters.put("user", user);
        parameters.put("act", act);
        List<AuditLog.Entry> found = audit.page(Optional.ofNullable(user), act(act), after, limit + 1);
        return PageLink.page("/admin/audit", found, limit, parameters, last -> Long.toString(last.id()));
    }

    /** The newest {@code limit} of them; go on with the last line's id as {@code after}. */
    @GetMapping("/csv")
    ResponseEntity<String> csv(
            Caller caller,
            @RequestParam(defaultValue = "10000") int limit,
            @RequestParam(defaultValue = "9223372036854775807") long after) {
        caller.require(Role.ADMIN);
        PageLink.checked(limit, MAX_PAGE * 10);
        StringBuilder csv = new StringBuilder("id,at,act,actor,account,address,requestId,detail\r\n");
        for (AuditLog.Entry entry : audit.page(Optional.empty(), Optional.empty(), after, limit)) {
            csv.append(Csv.line(
                    entry.id(),
                    entry.at(),
                    entry.act().slug(),
                    entry.actor(),
                    entry.account(),
                    entry.address(),
                    entry.requestId(),
                    entry.detail()));
        }
        return ResponseEntity.ok()
                .header(HttpHeaders.CONTENT_TYPE, "text/csv;charset=UTF-8")
                .header(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"oriel-audit.csv\"")
                .body(csv.toString());
    }

    private static Optional<Act> act(@Nullable String slug) {
        try {
            return Optional.ofNullable(slug).map(Act::of);
        } catch (IllegalArgumentException e) {
            String known = Arrays.stream(Act.values()).map(Act::slug).collect(Collectors.joining(", "));
            throw FieldError.problem("act", "must be one of " + known);
        }
    }
}
