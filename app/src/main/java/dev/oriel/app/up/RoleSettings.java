package dev.oriel.app.up;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Which settings belong to which role, so that roles can share a file and none is told another one's secrets: keys
 * that begin with a role's word are that role's, all others are the API's.
 */
public final class RoleSettings {
    private RoleSettings() {}

    /** The part of {@code settings} that this role reads; works for keys and for names of variables. */
    public static Map<String, String> of(RoleName role, Map<String, String> settings) {
        Map<String, String> own = new LinkedHashMap<>();
        settings.forEach((key, value) -> {
            if (owner(key) == role) {
                own.put(key, value);
            }
        });
        return own;
    }

    private static RoleName owner(String key) {
        String plain = key.toLowerCase(Locale.ROOT).replace('_', '.');
        if (plain.startsWith("oriel.host.")) {
            return RoleName.HOST;
        }
        return plain.startsWith("oriel.gateway.") ? RoleName.GATEWAY : RoleName.API;
    }
}
