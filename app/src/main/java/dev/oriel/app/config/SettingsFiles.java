package dev.oriel.app.config;

import dev.oriel.core.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/** Reads {@code oriel.yaml} and {@code ORIEL_*} variables into flat maps, as {@code Settings} wants them. */
public final class SettingsFiles {
    /** Variables for the {@code oriel} script and the user's commands: no settings of a server. */
    private static final Set<String> NO_SETTINGS = Set.of(
            "ORIEL_URL",
            "ORIEL_DATA",
            "ORIEL_CA",
            "ORIEL_SKIP_BUILD",
            "ORIEL_START_CACHE",
            "ORIEL_JAVA_OPTS",
            "ORIEL_TOKEN");

    private SettingsFiles() {}

    /**
     * The file as flat keys: nested maps are joined with dots, lists with commas.
     *
     * @throws ConfigException when it cannot be read or is no YAML map
     */
    public static Map<String, String> yaml(Path file) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        try {
            Object tree = new Yaml(new SafeConstructor(options)).load(Files.readString(file));
            Map<String, String> flat = new TreeMap<>();
            if (tree instanceof Map<?, ?> map) {
                flatten("", map, flat);
            } else if (tree != null) {
                throw new ConfigException(file + " must be a map of settings, like: oriel.host.max-vms: 64");
            }
            return flat;
        } catch (IOException e) {
            throw new ConfigException(file + " cannot be read: " + e);
        } catch (YAMLException e) {
            throw new ConfigException(file + " is no good YAML: " + e.getMessage());
        }
    }

    /** The variables that are settings. */
    public static Map<String, String> environment(Map<String, String> all) {
        return all.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith("ORIEL_") && !NO_SETTINGS.contains(entry.getKey()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** Writes settings in the form that {@link #yaml} reads. */
    public static String toYaml(Map<String, String> settings) {
        return new Yaml().dump(new TreeMap<>(settings));
    }

    private static void flatten(String prefix, Map<?, ?> map, Map<String, String> flat) {
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            String key = prefix + entry.getKey();
            switch (entry.getValue()) {
                case null -> flat.put(key, "");
                case Map<?, ?> nested -> flatten(key + ".", nested, flat);
                case Collection<?> list ->
                    flat.put(key, list.stream().map(String::valueOf).collect(Collectors.joining(",")));
                case Object value -> flat.put(key, value.toString());
            }
        }
    }

    /** Keeps the settings of one role, so that several roles can share a file. */
    public static Map<String, String> only(String prefix, Map<String, String> settings) {
        Map<String, String> kept = new LinkedHashMap<>();
        settings.forEach((key, value) -> {
            if (key.startsWith(prefix)) {
                kept.put(key, value);
            }
        });
        return kept;
    }
}
