package dev.vap.shared.domain;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Takes credentials out of text before it reaches a log, an answer or a screen. */
public final class Redact {

    /** Everything between the scheme and the last {@code @} of the authority: passwords may hold {@code @} and {@code :}. */
    private static final Pattern USER_INFO = Pattern.compile("([a-zA-Z][a-zA-Z0-9+.-]*://)([^/?#\\s]*)@");

    private static final Pattern SECRET_PARAMETER = Pattern.compile(
            "(?i)([?&](?:password|passwd|pass|pwd|token|secret|key|api_?key|access_token|auth)=)[^&#\\s]*");

    private static final int SHORT = 80;

    private Redact() {}

    /** {@code rtsp://user:secret@host/x?token=y} becomes {@code rtsp://user:***@host/x?token=***}. */
    public static String url(String text) {
        if (text == null) {
            return null;
        }
        Matcher m = USER_INFO.matcher(text);
        StringBuilder out = new StringBuilder();
        while (m.find()) {
            String userInfo = m.group(2);
            int colon = userInfo.indexOf(':');
            String shown = colon < 0 ? "***" : userInfo.substring(0, colon) + ":***";
            m.appendReplacement(out, Matcher.quoteReplacement(m.group(1) + shown + "@"));
        }
        m.appendTail(out);
        return SECRET_PARAMETER.matcher(out).replaceAll("$1***");
    }

    /** The text cut to a length fit for a message, with control characters made visible, credentials gone. */
    public static String shorten(String text) {
        String clean = url(text.length() > 4 * SHORT ? text.substring(0, 4 * SHORT) : text)
                .replaceAll("\\p{Cntrl}", "?");
        return clean.length() <= SHORT ? clean : clean.substring(0, SHORT) + "...";
    }
}
