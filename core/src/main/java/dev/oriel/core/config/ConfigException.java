package dev.oriel.core.config;

/** A setting is missing, unknown or wrong: the message names the key and the cure. Stops start-up. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ConfigException(String message) {
        super(message);
    }
}
