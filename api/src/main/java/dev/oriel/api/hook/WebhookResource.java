package dev.oriel.api.hook;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.oriel.api.account.Caller;
import dev.oriel.api.audit.Act;
import dev.oriel.api.audit.AuditLog;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /webhooks}: addresses that hear of one's VMs. */
@RestController
@RequestMapping("/webhooks")
class WebhookResource {
    private final Webhooks webhooks;
    private final AuditLog audit;

    WebhookResource(Webhooks webhooks, AuditLog audit) {
        this.audit = audit;
        this.webhooks = webhooks;
    }

    /** What is wanted: the address that each change of a VM's state is sent to. */
    record NewWebhook(@NotNull(message = "is required") String url) {}

    /**
     * A webhook in answers.
     *
     * @param disabledAt when Oriel gave it up, after a day of failures
     * @param secret signs what is sent; only in the answer that made it
     */
    record WebhookView(
            UUID id,
            String url,
            Instant createdAt,
            @Nullable Instant disabledAt,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String secret) {
        @Override
        public String toString() {
            return "WebhookView[" + id + "]";
        }
    }

    /** What became of one message. */
    record DeliveryView(
            UUID id,
            @JsonRawValue @Schema(type = "object") String payload,
            Instant createdAt,
            int attempts,
            @Nullable Instant doneAt,
            @Nullable String outcome) {}

    @GetMapping
    List<WebhookView> webhooks(Caller caller) {
        return webhooks.list(caller.id()).stream()
                .map(it -> new WebhookView(it.id(), it.url(), it.createdAt(), it.disabledAt(), null))
                .toList();
    }

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    WebhookView make(Caller caller, @Valid @RequestBody NewWebhook wanted) {
        Webhooks.Made made = webhooks.make(caller.id(), wanted.url());
        // The host alone: the rest of an address may be a secret.
        note(
                Act.WEBHOOK_MADE,
                caller,
                made.id() + " at " + URI.create(wanted.url()).getHost());
        return new WebhookView(made.id(), wanted.url(), made.createdAt(), null, made.secret());
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void delete(Caller caller, @PathVariable UUID id) {
        if (!webhooks.delete(caller.id(), id)) {
            throw notFound();
        }
        note(Act.WEBHOOK_DELETED, caller, id.toString());
    }

    private void note(Act act, Caller caller, String detail) {
        audit.record(act, Optional.of(caller.person()), Optional.of(caller.id()), detail);
    }

    @GetMapping("/{id}/deliveries")
    List<DeliveryView> deliveries(Caller caller, @PathVariable UUID id) {
        return webhooks.deliveries(caller.id(), id).orElseThrow(WebhookResource::notFound).stream()
                .map(it -> new DeliveryView(
                        it.id(), it.payload(), it.createdAt(), it.attempts(), it.doneAt(), it.outcome()))
                .toList();
    }

    private static OrielException notFound() {
        return new OrielException(ErrorCode.NOT_FOUND, "There is no such webhook.");
    }
}
