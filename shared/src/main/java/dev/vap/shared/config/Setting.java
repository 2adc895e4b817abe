package dev.vap.shared.config;

import java.util.Locale;
import java.util.function.Function;

/**
 * One setting: its key is the name of the environment variable and of the line in the config file; its option is the key
 * in lower case with dashes ({@code HTTP_PORT} → {@code --http-port}).
 *
 * @param defaultText null if there is none
 * @param parser throws {@link IllegalArgumentException} whose message completes "KEY must be …"
 * @param secret its value is never shown
 * @param flag on a command line its option alone means {@code true}
 */
public record Setting<T>(
        String key, String description, String defaultText, Function<String, T> parser, boolean secret, boolean flag) {

    public String option() {
        return "--" + key.toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
