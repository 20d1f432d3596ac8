package dev.oriel.api.http;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.springframework.beans.TypeMismatchException;
import org.springframework.context.MessageSourceResolvable;
import org.springframework.core.NestedRuntimeException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.data.redis.RedisSystemException;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.validation.BindException;
import org.springframework.validation.BindingResult;
import org.springframework.web.ErrorResponse;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.method.annotation.HandlerMethodValidationException;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** Which problem stands for which exception: one place for all of them. Pure. */
final class ProblemMapping {
    /** Postgres keeps no NUL in texts, and says so by this state. */
    private static final String HOLDS_NUL = "22021";

    private static final String DISK_FULL = "53100";

    private ProblemMapping() {}

    /**
     * A problem to be written.
     *
     * @param headers sent with it, like {@code Allow}
     */
    record Failure(ErrorCode code, String detail, Map<String, Object> extra, Map<String, String> headers) {
        static Failure of(ErrorCode code, String detail) {
            return new Failure(code, detail, Map.of(), Map.of());
        }

        static Failure of(List<FieldError> errors) {
            OrielException problem = FieldError.problem(errors);
            return new Failure(ErrorCode.BAD_REQUEST, message(problem), problem.extra(), Map.of());
        }
    }

    static Failure of(Throwable thrown) {
        return switch (thrown) {
            case OrielException e -> new Failure(e.code(), message(e), e.extra(), Map.of());
            case HttpMessageNotReadableException e -> unreadable(e);
            case MethodArgumentNotValidException e -> Failure.of(fieldErrors(e.getBindingResult()));
            case BindException e -> Failure.of(fieldErrors(e.getBindingResult()));
            case HandlerMethodValidationException e -> Failure.of(parameterErrors(e));
            case MissingServletRequestParameterException e ->
                Failure.of(List.of(new FieldError(e.getParameterName(), "is required")));
            case TypeMismatchException e -> mismatch(e);
            case HttpRequestMethodNotSupportedException e -> wrongMethod(e);
            case HttpMediaTypeNotSupportedException e -> wrongType(e);
            case DataIntegrityViolationException e
            when hasState(e, HOLDS_NUL) ->
                Failure.of(ErrorCode.BAD_REQUEST, "A text in the request holds the character NUL.");
            case CannotCreateTransactionException e -> unavailable();
            // The connection broke, and not even going back was possible: Postgres does that when nobody is there.
            case TransactionSystemException e -> unavailable();
            case DataAccessResourceFailureException e
            when hasState(e, DISK_FULL) -> Failure.of(ErrorCode.INSUFFICIENT_STORAGE, "Oriel's disk is full.");
            case DataAccessResourceFailureException e -> unavailable();
            case TransientDataAccessException e -> unavailable();
            case RedisSystemException e -> unavailable();
            case InvalidParameterException e -> Failure.of(ErrorCode.BAD_REQUEST, "A parameter is no text in UTF-8.");
            case BodyTooLargeException e -> Failure.of(ErrorCode.TOO_LARGE, message(e));
            case ErrorResponse e -> ofStatus(e.getStatusCode().value());
            default -> Failure.of(ErrorCode.INTERNAL, "Something went wrong on our side.");
        };
    }

    /** For errors that only have a status: the container's and Spring's own. */
    static Failure ofStatus(int status) {
        return switch (status) {
            case 401 -> Failure.of(ErrorCode.UNAUTHENTICATED, "This needs a valid login.");
            case 403 -> Failure.of(ErrorCode.FORBIDDEN, "Not allowed.");
            case 404 -> Failure.of(ErrorCode.NOT_FOUND, "There is nothing here.");
            case 405 -> Failure.of(ErrorCode.METHOD_NOT_ALLOWED, "This method is not possible here.");
            case 406 -> Failure.of(ErrorCode.NOT_ACCEPTABLE, "The answer is application/json.");
            case 413 -> Failure.of(ErrorCode.TOO_LARGE, "The request is too large.");
            case 415 -> Failure.of(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "The body must be application/json.");
            case 429 -> Failure.of(ErrorCode.RATE_LIMITED, "Too many requests.");
            case 503 -> unavailable();
            default ->
                status >= 400 && status < 500
                        ? Failure.of(ErrorCode.BAD_REQUEST, "The request is malformed.")
                        : Failure.of(ErrorCode.INTERNAL, "Something went wrong on our side.");
        };
    }

    private static boolean hasState(NestedRuntimeException thrown, String state) {
        return thrown.getMostSpecificCause() instanceof SQLException cause && state.equals(cause.getSQLState());
    }

    private static Failure unavailable() {
        return Failure.of(ErrorCode.UNAVAILABLE, "A part of Oriel does not answer right now.");
    }

    private static Failure unreadable(HttpMessageNotReadableException thrown) {
        for (Throwable cause = thrown.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof OrielException || cause instanceof BodyTooLargeException) {
                return of(cause);
            }
        }
        return badJson(thrown);
    }

    private static Failure badJson(HttpMessageNotReadableException thrown) {
        for (Throwable cause = thrown.getCause(); cause != null; cause = cause.getCause()) {
            switch (cause) {
                case UnrecognizedPropertyException e -> {
                    return Failure.of(List.of(new FieldError(path(e), "is not a known field")));
                }
                case DatabindException e
                when !e.getPath().isEmpty() -> {
                    return Failure.of(List.of(new FieldError(path(e), "has a value that is not possible here")));
                }
                case JacksonException e -> {
                    return Failure.of(ErrorCode.BAD_REQUEST, "The body is not valid JSON for this request.");
                }
                default -> {
                    // Look further down.
                }
            }
        }
        return Failure.of(ErrorCode.BAD_REQUEST, "The request needs a JSON body.");
    }

    /** {@code disks[0].size}, from where Jackson stood. */
    private static String path(DatabindException e) {
        return bounded(e.getPath().stream()
                .map(step ->
                        step.getPropertyName() == null ? "[" + step.getIndex() + "]" : "." + step.getPropertyName())
                .collect(Collectors.joining())
                .replaceFirst("^\\.", ""));
    }

    private static List<FieldError> fieldErrors(BindingResult result) {
        List<FieldError> errors = new ArrayList<>();
        result.getFieldErrors()
                .forEach(error -> errors.add(new FieldError(error.getField(), text(error.getDefaultMessage()))));
        result.getGlobalErrors().forEach(error -> errors.add(new FieldError("", text(error.getDefaultMessage()))));
        return errors.isEmpty() ? List.of(new FieldError("", "is not valid")) : errors;
    }

    private static List<FieldError> parameterErrors(HandlerMethodValidationException e) {
        List<FieldError> errors = new ArrayList<>();
        e.getParameterValidationResults().forEach(result -> {
            String name = result.getMethodParameter().getParameterName();
            for (MessageSourceResolvable error : result.getResolvableErrors()) {
                String field = error instanceof org.springframework.validation.FieldError inner
                        ? inner.getField()
                        : text(name);
                errors.add(new FieldError(field, text(error.getDefaultMessage())));
            }
        });
        return errors.isEmpty() ? List.of(new FieldError("", "is not valid")) : errors;
    }

    /** An id in the path that is no id at all names nothing, like an id of nobody's. */
    private static Failure mismatch(TypeMismatchException thrown) {
        if (thrown instanceof MethodArgumentTypeMismatchException argument) {
            if (argument.getParameter().hasParameterAnnotation(PathVariable.class)) {
                return ofStatus(404);
            }
            return Failure.of(List.of(new FieldError(argument.getName(), "has a value that is not possible here")));
        }
        return ofStatus(400);
    }

    private static Failure wrongMethod(HttpRequestMethodNotSupportedException e) {
        Set<String> allowed = new TreeSet<>();
        if (e.getSupportedMethods() != null) {
            allowed.addAll(List.of(e.getSupportedMethods()));
        }
        Failure plain = ofStatus(405);
        return new Failure(plain.code(), plain.detail(), Map.of(), Map.of("Allow", String.join(", ", allowed)));
    }

    private static Failure wrongType(HttpMediaTypeNotSupportedException e) {
        String accepted = e.getSupportedMediaTypes().isEmpty()
                ? MediaType.APPLICATION_JSON_VALUE
                : MediaType.toString(e.getSupportedMediaTypes());
        boolean json = accepted.contains(MediaType.APPLICATION_JSON_VALUE);
        String detail = "The body must be " + (json ? MediaType.APPLICATION_JSON_VALUE : accepted) + ".";
        return Failure.of(ErrorCode.UNSUPPORTED_MEDIA_TYPE, detail);
    }

    private static String message(Throwable e) {
        return text(e.getMessage());
    }

    private static String text(@org.jspecify.annotations.Nullable String message) {
        return message == null ? "is not valid" : message;
    }

    private static String bounded(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100);
    }
}
