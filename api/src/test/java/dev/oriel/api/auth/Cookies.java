package dev.oriel.api.auth;

import java.net.http.HttpResponse;
import java.util.List;

/** Reads cookies out of answers, as a browser would. */
final class Cookies {
    private Cookies() {}

    /** The whole {@code Set-Cookie} header of this cookie. */
    static String header(HttpResponse<?> answer, String name) {
        List<String> found = answer.headers().allValues("Set-Cookie").stream()
                .filter(header -> header.startsWith(name + "="))
                .toList();
        if (found.size() != 1) {
            throw new AssertionError(name + " is set " + found.size() + " times by " + answer);
        }
        return found.getFirst();
    }

    static String value(HttpResponse<?> answer, String name) {
        String header = header(answer, name);
        int end = header.indexOf(';');
        return header.substring(name.length() + 1, end < 0 ? header.length() : end);
    }

    /** {@code name=value} as it goes into a {@code Cookie} header. */
    static String pair(HttpResponse<?> answer, String name) {
        return name + "=" + value(answer, name);
    }
}
