package dev.vap.testing.video;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The head of a request of RTSP or HTTP.
 *
 * @param headers by name in small letters
 */
record RequestHead(String method, String uri, Map<String, String> headers) {
    private static final int LONGEST_LINE = 8192;
    private static final int MOST_HEADERS = 100;

    /** @param first character of the request, already read */
    static RequestHead read(InputStream in, int first) throws IOException {
        String[] words = line(in, first).split(" ", 3);
        if (words.length != 3) {
            throw new IOException("no request line");
        }
        Map<String, String> headers = new HashMap<>();
        for (String line = line(in, in.read()); !line.isEmpty(); line = line(in, in.read())) {
            int colon = line.indexOf(':');
            if (colon < 1 || headers.size() >= MOST_HEADERS) {
                throw new IOException("no header line");
            }
            headers.put(
                    line.substring(0, colon).trim().toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).trim());
        }
        in.skipNBytes(number(headers.getOrDefault("content-length", "0")));
        return new RequestHead(words[0], words[1], headers);
    }

    private static long number(String text) throws IOException {
        if (!text.matches("\\d{1,6}")) {
            throw new IOException("no length");
        }
        return Long.parseLong(text);
    }

    private static String line(InputStream in, int first) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = first; c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException();
            }
            if (line.length() >= LONGEST_LINE) {
                throw new IOException("a line is too long");
            }
            line.append((char) c);
        }
        int length = line.length();
        return length > 0 && line.charAt(length - 1) == '\r' ? line.substring(0, length - 1) : line.toString();
    }

    String header(String name) {
        return headers.get(name);
    }
}
