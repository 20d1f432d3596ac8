package dev.oriel.api.http;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Opens a controller, or one method of it, to people who are not signed in. Everything without it answers 401 to them:
 * a forgotten annotation closes a door, it never opens one.
 */
@Documented
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
public @interface Public {
    /** Whether the general request rate limit counts these requests. */
    boolean rateLimited() default true;
}
