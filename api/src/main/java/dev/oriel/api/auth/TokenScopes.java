package dev.oriel.api.auth;

import dev.oriel.api.account.Caller;
import dev.oriel.api.account.Scope;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.util.Map;
import java.util.Set;
import org.springframework.web.method.HandlerMethod;

/**
 * Which scope an API token needs for which controller method, decided by the feature package that the method stands in
 * and by whether the request changes anything. What concerns accounts themselves (passwords, logins, tokens) no token
 * may do: a stolen one cannot make itself at home. A package that is not listed needs all scopes of a user. Pure.
 */
final class TokenScopes {
    private static final String ROOT = "dev.oriel.api.";
    private static final Set<String> LOGIN_ONLY = Set.of("auth", "account");

    private static final Map<String, Pair> BY_FEATURE = Map.ofEntries(
            Map.entry("vm", new Pair(Scope.VM_READ, Scope.VM_WRITE)),
            Map.entry("disc", new Pair(Scope.VM_READ, Scope.VM_WRITE)),
            Map.entry("template", new Pair(Scope.VM_READ, Scope.VM_WRITE)),
            Map.entry("snapshot", new Pair(Scope.VM_READ, Scope.VM_WRITE)),
            Map.entry("host", new Pair(Scope.VM_READ, Scope.VM_WRITE)),
            Map.entry("usage", new Pair(Scope.VM_READ, Scope.VM_WRITE)),
            Map.entry("hook", new Pair(Scope.VM_READ, Scope.VM_WRITE)),
            Map.entry("session", new Pair(Scope.VM_READ, Scope.CONSOLE)),
            Map.entry("share", new Pair(Scope.VM_READ, Scope.CONSOLE)),
            Map.entry("upload", new Pair(Scope.FILES_READ, Scope.FILES_WRITE)),
            Map.entry("admin", new Pair(Scope.ADMIN, Scope.ADMIN)));

    private TokenScopes() {}

    private record Pair(Scope reading, Scope changing) {}

    /**
     * Returns when the caller signed in with a password, or its token has the scope.
     *
     * @throws OrielException forbidden, naming the scope
     */
    static void check(Caller caller, HandlerMethod method, boolean changes) {
        if (caller.scopes().isEmpty() || method.hasMethodAnnotation(AnyToken.class)) {
            return;
        }
        String feature = feature(method.getBeanType());
        if (LOGIN_ONLY.contains(feature)) {
            throw refused("This needs a login with a password: API tokens cannot do it.");
        }
        Pair pair = BY_FEATURE.get(feature);
        if (pair == null) {
            if (!caller.scopes().get().containsAll(Scope.ofUsers())) {
                throw refused("This needs an API token with the scopes " + Scope.slugs(Scope.ofUsers()) + ".");
            }
            return;
        }
        Scope needed = changes ? pair.changing : pair.reading;
        if (!caller.may(needed)) {
            throw refused("This needs an API token with the scope " + needed.slug() + ".");
        }
    }

    static String feature(Class<?> resource) {
        String name = resource.getPackageName();
        String inside = name.startsWith(ROOT) ? name.substring(ROOT.length()) : name;
        int dot = inside.indexOf('.');
        return dot < 0 ? inside : inside.substring(0, dot);
    }

    private static OrielException refused(String detail) {
        return new OrielException(ErrorCode.FORBIDDEN, detail);
    }
}
