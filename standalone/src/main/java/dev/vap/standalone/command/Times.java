package dev.vap.standalone.command;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Lengths of time on the command line. */
final class Times {

    private static final Pattern TIME = Pattern.compile("(\\d{1,6})(ms|s)");

    private Times() {}

    static Duration parse(CommandSpec command, String option, String text, Duration max) {
        Matcher m = TIME.matcher(text);
        if (m.matches()) {
            long count = Long.parseLong(m.group(1));
            Duration time = m.group(2).equals("s") ? Duration.ofSeconds(count) : Duration.ofMillis(count);
            if (time.toMillis() >= 500 && time.compareTo(max) <= 0) {
                return time;
            }
        }
        throw new ParameterException(
                command.commandLine(),
                "Invalid value for option '" + option + "': give a time from 500ms to " + max.toSeconds()
                        + "s, such as 1500ms or 5s.");
    }
}
