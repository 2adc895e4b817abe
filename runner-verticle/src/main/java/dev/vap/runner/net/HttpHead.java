package dev.vap.runner.net;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Status and headers of an answer.
 *
 * @param headers values by name, in whatever letters
 */
record HttpHead(int status, Map<String, List<String>> headers) {
    private static final int MAX_BYTES = 64 * 1024;
    private static final int MAX_INTERIM = 10;
    private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.\\d (\\d{3})(?: .*)?");

    /**
     * Reads the head of the final answer; interim ones are skipped.
     *
     * @throws ProtocolException saying what is wrong with it, to complete "the server …"
     */
    static HttpHead read(Connection in, long deadlineNanos) throws IOException, TimeoutException {
        Lines lines = new Lines(in, deadlineNanos);
        for (int i = 0; i < MAX_INTERIM; i++) {
            HttpHead head = readOne(lines);
            if (head.status() >= 200) {
                return head;
            }
        }
        throw new ProtocolException("goes on announcing an answer and gives none");
    }

    private static HttpHead readOne(Lines lines) throws IOException, TimeoutException {
        Matcher status = STATUS_LINE.matcher(lines.next());
        if (!status.matches()) {
            throw new ProtocolException("does not speak HTTP");
        }
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String line = lines.next(); !line.isEmpty(); line = lines.next()) {
            int colon = line.indexOf(':');
            // Cameras send lines that are no headers; nobody needs them.
            if (colon > 0) {
                headers.computeIfAbsent(line.substring(0, colon).strip(), name -> new ArrayList<>())
                        .add(line.substring(colon + 1).strip());
            }
        }
        return new HttpHead(Integer.parseInt(status.group(1)), headers);
    }

    Optional<String> first(String name) {
        return all(name).stream().findFirst();
    }

    List<String> all(String name) {
        return headers.getOrDefault(name, List.of());
    }

    boolean isChunked() {
        return all("Transfer-Encoding").stream()
                .anyMatch(v -> v.toLowerCase(Locale.ROOT).endsWith("chunked"));
    }

    /**
     * Of the body; -1 if it is not said.
     *
     * @throws ProtocolException if it is no length
     */
    long contentLength() throws ProtocolException {
        List<String> lengths = all("Content-Length").stream().distinct().toList();
        if (isChunked() || lengths.isEmpty()) {
            return -1;
        }
        if (lengths.size() > 1 || !lengths.get(0).matches("\\d{1,18}")) {
            throw new ProtocolException("says a length that is none");
        }
        return Long.parseLong(lengths.get(0));
    }

    /** Lines of a head, of which there are not too many. */
    static final class Lines {
        private final Connection in;
        private final long deadlineNanos;
        private int left = MAX_BYTES;

        Lines(Connection in, long deadlineNanos) {
            this.in = in;
            this.deadlineNanos = deadlineNanos;
        }

        /** The next line without its end. */
        String next() throws IOException, TimeoutException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            for (int b = in.read(deadlineNanos); b != '\n'; b = in.read(deadlineNanos)) {
                if (b < 0) {
                    throw new ProtocolException("closed the connection without an answer");
                }
                if (--left < 0) {
                    throw new ProtocolException("sends headers without end");
                }
                line.write(b);
            }
            String text = line.toString(StandardCharsets.ISO_8859_1);
            return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
        }
    }
}
