package dev.vap.api.media;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which part of a file a request brings.
 *
 * @param first offset of its first byte
 * @param length of the request's body; empty if it ends when it ends
 * @param total of the whole file; empty if nobody has said it
 */
public record ByteRange(long first, OptionalLong length, OptionalLong total) {

    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18})");

    /**
     * @param contentRange as {@code bytes 100-199/200}; null for a whole file
     * @param contentLength null if the request does not say it
     */
    public static ByteRange of(String contentRange, String contentLength) {
        OptionalLong length = length(contentLength);
        if (contentRange == null) {
            return new ByteRange(0, length, length);
        }
        Matcher m = CONTENT_RANGE.matcher(contentRange.strip());
        if (m.matches()) {
            long first = Long.parseLong(m.group(1));
            long last = Long.parseLong(m.group(2));
            long total = Long.parseLong(m.group(3));
            boolean sameLength = length.isEmpty() || length.getAsLong() == last - first + 1;
            if (first <= last && last < total && sameLength) {
                return new ByteRange(first, OptionalLong.of(last - first + 1), OptionalLong.of(total));
            }
        }
        throw new VapException(
                ErrorCode.INVALID_VALUE,
                "Content-Range must say which bytes of how many the body is, such as bytes 100-199/200 for a body of 100.");
    }

    private static OptionalLong length(String text) {
        return text != null && text.matches("\\d{1,18}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }
}
