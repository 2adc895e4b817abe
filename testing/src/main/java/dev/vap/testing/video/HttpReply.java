package dev.vap.testing.video;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Writes the answer to one HTTP request. One thread; the connection is closed by whoever owns it. */
final class HttpReply {
    private final RequestHead request;
    private final OutputStream out;
    private boolean open = true;

    HttpReply(RequestHead request, OutputStream out) {
        this.request = request;
        this.out = out;
    }

    RequestHead request() {
        return request;
    }

    /** Whether the client wants the head only. */
    boolean headOnly() {
        return request.method().equals("HEAD");
    }

    /** Whether the connection may serve another request. */
    boolean open() {
        return open;
    }

    /** This is the connection's last answer. */
    HttpReply last() {
        open = false;
        return this;
    }

    HttpReply head(String status, String... headers) throws IOException {
        StringBuilder text = new StringBuilder("HTTP/1.1 " + status + "\r\nServer: Test video\r\n");
        for (String header : headers) {
            text.append(header).append("\r\n");
        }
        if (!open) {
            text.append("Connection: close\r\n");
        }
        return write(text.append("\r\n").toString());
    }

    /** A whole answer of known length. */
    void answer(String status, String type, byte[] body, String... headers) throws IOException {
        String[] all = new String[headers.length + 2];
        System.arraycopy(headers, 0, all, 0, headers.length);
        all[headers.length] = "Content-Type: " + type;
        all[headers.length + 1] = "Content-Length: " + body.length;
        head(status, all);
        if (!headOnly()) {
            write(body);
        }
    }

    void answer(String status, String type, String body, String... headers) throws IOException {
        answer(status, type, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    HttpReply write(String text) throws IOException {
        return write(text.getBytes(StandardCharsets.UTF_8));
    }

    HttpReply write(byte[] bytes) throws IOException {
        return write(bytes, 0, bytes.length);
    }

    HttpReply write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
        out.flush();
        return this;
    }

    /** One chunk of {@code Transfer-Encoding: chunked}; an empty one ends the body. */
    void chunk(byte[] bytes, int offset, int length) throws IOException {
        write(Integer.toHexString(length) + "\r\n");
        write(bytes, offset, length).write("\r\n");
    }
}
