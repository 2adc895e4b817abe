package dev.vap.api.media;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which part of a file a client wants (RFC 9110, 14.1).
 *
 * @param first offset of its first byte
 * @param length at least 1
 */
public record RequestedRange(long first, long length) {

    private static final Pattern ONE = Pattern.compile("(?i)bytes\\s*=\\s*(\\d{0,18})\\s*-\\s*(\\d{0,18})");

    /**
     * Empty for the whole file: also if several parts are wanted, or if it can't be understood, as the RFC says.
     *
     * @param header as {@code bytes=0-99}, {@code bytes=100-} or {@code bytes=-100}; null for none
     * @param size of the file
     * @throws VapException of RANGE_NOT_SATISFIABLE
     */
    public static Optional<RequestedRange> of(String header, long size) {
        Matcher m = header == null ? null : ONE.matcher(header.strip());
        if (m == null || !m.matches() || (m.group(1).isEmpty() && m.group(2).isEmpty())) {
            return Optional.empty();
        }
        if (m.group(1).isEmpty()) {
            long length = Math.min(size, Long.parseLong(m.group(2)));
            if (length == 0) {
                throw unsatisfiable(size);
            }
            return Optional.of(new RequestedRange(size - length, length));
        }
        long first = Long.parseLong(m.group(1));
        long last = m.group(2).isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(m.group(2)));
        if (!m.group(2).isEmpty() && Long.parseLong(m.group(2)) < first) {
            return Optional.empty();
        }
        if (first >= size) {
            throw unsatisfiable(size);
        }
        return Optional.of(new RequestedRange(first, last - first + 1));
    }

    /** For {@code Content-Range}. */
    public String of(long size) {
        return "bytes " + first + "-" + (first + length - 1) + "/" + size;
    }

    private static VapException unsatisfiable(long size) {
        return new VapException(
                ErrorCode.RANGE_NOT_SATISFIABLE, "The file has " + size + " bytes: ask for a range within it.");
    }
}
