package dev.oriel.api.host;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * HTTP to one of Oriel's own processes: Bearer secret, one deadline over the whole exchange, bounded answers, problems
 * turned back into the {@link OrielException}s they came from. Whatever else goes wrong is {@code HOST_UNREACHABLE}.
 */
final class BearerHttp {
    private static final long MAX_ANSWER = 32L << 20;
    private static final int MAX_PROBLEM = 64 << 10;

    private final String peer;
    private final URI base;
    private final String authorization;
    private final HttpClient client;

    /** {@code peer} names the other side in errors: {@code host local}. */
    BearerHttp(String peer, URI base, String secret, HttpClient client) {
        this.peer = peer;
        this.base = base;
        this.authorization = "Bearer " + secret;
        this.client = client;
    }

    HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(base.resolve(path)).header("Authorization", authorization);
    }

    <T> T json(HttpRequest.Builder request, Duration limit, Class<T> type) {
        byte[] body = bytes(request, limit);
        try {
            return OrielJson.mapper().readValue(body, type);
        } catch (JacksonException e) {
            throw new OrielException(ErrorCode.HOST_UNREACHABLE, "The " + peer + " answers something odd.", e);
        }
    }

    byte[] bytes(HttpRequest.Builder request, Duration limit) {
        HttpResponse<byte[]> response = exchange(request.timeout(limit).build(), limit);
        if (response.statusCode() >= 400) {
            throw failure(response.statusCode(), response.body());
        }
        return response.body();
    }

    /** An answer whose body the caller reads and closes; only its head is waited for here. */
    HttpResponse<InputStream> stream(HttpRequest.Builder request, Duration limit) {
        try {
            HttpResponse<InputStream> answer =
                    client.send(request.timeout(limit).build(), BodyHandlers.ofInputStream());
            if (answer.statusCode() >= 400) {
                try (InputStream body = answer.body()) {
                    throw failure(answer.statusCode(), body.readNBytes(MAX_PROBLEM));
                }
            }
            return answer;
        } catch (IOException e) {
            throw unreachable(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unreachable(e);
        }
    }

    private HttpResponse<byte[]> exchange(HttpRequest request, Duration limit) {
        // The request's own timeout ends with the headers; this one covers the body too.
        CompletableFuture<HttpResponse<byte[]>> answer =
                client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_ANSWER));
        try {
            return answer.get(limit.toMillis() + 200, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw unreachable(e);
        } catch (ExecutionException e) {
            throw unreachable(e.getCause() instanceof IOException io ? io : e);
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw unreachable(e);
        }
    }

    private OrielException unreachable(Exception cause) {
        return new OrielException(ErrorCode.HOST_UNREACHABLE, "The " + peer + " does not answer.", cause);
    }

    private OrielException failure(int status, byte[] body) {
        if (status == 404 && body.length == 0) {
            return new OrielException(ErrorCode.NOT_FOUND, "The " + peer + " does not have it.");
        }
        try {
            JsonNode problem = OrielJson.mapper().readTree(body);
            Optional<ErrorCode> code = ErrorCode.ofSlug(problem.path("code").asString(""));
            // A secret that is wrong between our own processes is nothing a caller could mend.
            if (code.isPresent() && code.get() != ErrorCode.UNAUTHENTICATED) {
                return new OrielException(
                        code.get(), problem.path("detail").asString(code.get().title()), Map.of());
            }
        } catch (JacksonException e) {
            return unreachable(e);
        }
        return new OrielException(ErrorCode.HOST_UNREACHABLE, "The " + peer + " answers with status " + status + ".");
    }
}
