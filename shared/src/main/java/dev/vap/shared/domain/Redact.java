package dev.vap.shared.domain;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Takes credentials out of text before it reaches a log, an answer or a screen. */
public final class Redact {

    /** Everything between the scheme and the last {@code @} of the authority: passwords may hold {@code @ : #}. */
    private static final Pattern USER_INFO = Pattern.compile("([a-zA-Z][a-zA-Z0-9+.-]*://)([^/?\\s]*)@");

    /** A stream id of SRT may name a user and a secret, and begins with {@code #} then. */
    private static final Pattern SECRET_PARAMETER = Pattern.compile(
            "(?i)([?&](?:password|passwd|pass|pwd|token|secret|key|api_?key|access_token|auth|passphrase"
                    + "|streamid)=)[^&\\s]*");

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

    /** A source that can't be taken apart, fit for a message: whatever stands before an {@code @} may be a password. */
    static String malformed(String text) {
        int at = text.lastIndexOf('@');
        int colon = text.indexOf(':');
        if (at < 0 || colon < 0 || colon > at) {
            return shorten(text);
        }
        String scheme = text.substring(0, text.startsWith("://", colon) ? colon + 3 : colon + 1);
        return shorten(scheme + "***" + text.substring(at));
    }

    /** The text cut to a length fit for a message, with control characters made visible, credentials gone. */
    public static String shorten(String text) {
        String clean = url(text.length() > 4 * SHORT ? text.substring(0, 4 * SHORT) : text)
                .replaceAll("\\p{Cntrl}", "?");
        return clean.length() <= SHORT ? clean : clean.substring(0, SHORT) + "...";
    }
}
