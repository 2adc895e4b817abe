package dev.vap.api.http;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the contract can't say of values; every failure is one sentence that names the field. */
final class Fields {

    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s)");

    private Fields() {}

    /**
     * @param text null for the fallback
     */
    static Duration duration(String name, String text, Duration fallback, Duration min, Duration max) {
        if (text == null) {
            return fallback;
        }
        Matcher m = DURATION.matcher(text);
        if (m.matches()) {
            long count = Long.parseLong(m.group(1));
            Duration value = m.group(2).equals("s") ? Duration.ofSeconds(count) : Duration.ofMillis(count);
            if (value.compareTo(min) >= 0 && value.compareTo(max) <= 0) {
                return value;
            }
        }
        throw invalid(name, "a time from " + shown(min) + " to " + shown(max) + ", such as 1500ms or 5s");
    }

    private static String shown(Duration d) {
        return d.toMillis() % 1000 == 0 ? d.toSeconds() + "s" : d.toMillis() + "ms";
    }

    static VapException invalid(String name, String wanted) {
        return new VapException(ErrorCode.INVALID_VALUE, "\"" + name + "\" must be " + wanted + ".");
    }
}
