package dev.vap.runner.net;

import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/**
 * Requests to one host with one user's credentials: redirects are followed, every host is checked, challenges are answered.
 * Credentials are sent to that host alone, and no more after a redirect from {@code https} to {@code http}. Confined to one
 * thread at a time; every request blocks within its deadline.
 */
public final class HttpSession {
    private static final int MAX_REDIRECTS = 5;
    private static final int BUFFER = 8192;

    /**
     * What to send.
     *
     * @param body null for GET, else sent by POST in UTF-8
     */
    record Ask(HttpTarget target, Map<String, String> headers, String body) {

        String method() {
            return body == null ? "GET" : "POST";
        }
    }

    /**
     * A whole answer.
     *
     * @param body in memory
     */
    public record Reply(int status, InputStream body) {}

    private final Connector connector;
    private final boolean tlsVerify;
    private final String host;
    /** Null without credentials. */
    private final HttpAuth auth;

    private final Cancellation cancellation;

    HttpSession(
            Connector connector,
            boolean tlsVerify,
            String host,
            SourceUrl.Credentials credentials,
            Cancellation cancellation) {
        this.connector = connector;
        this.tlsVerify = tlsVerify;
        this.host = host;
        this.auth = credentials == null ? null : new HttpAuth(credentials);
        this.cancellation = cancellation;
    }

    /**
     * Sends a body and returns the whole answer, whatever its status.
     *
     * @param maxBytes a longer answer is a fault
     * @throws MediaException if there is no answer, or not all of it
     */
    public Reply post(SourceUrl url, String contentType, String body, int maxBytes, long deadlineNanos) {
        Ask ask = new Ask(HttpTarget.of(url), Map.of("Content-Type", contentType), body);
        HttpAnswer answer = send(ask, deadlineNanos);
        return new Reply(answer.status(), new ByteArrayInputStream(readAll(answer, maxBytes, deadlineNanos)));
    }

    /** The answer's bytes; closes it. */
    byte[] readAll(HttpAnswer answer, int maxBytes, long deadlineNanos) {
        try (answer) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            byte[] buffer = new byte[BUFFER];
            int count;
            while ((count = read(answer, buffer, 0, BUFFER, deadlineNanos)) >= 0) {
                if (all.size() + count > maxBytes) {
                    throw new MediaException(
                            SourceFault.IO,
                            answer.target().shown() + " answered with more than " + maxBytes
                                    + " bytes, so it is not what was asked for: check the URL.");
                }
                all.write(buffer, 0, count);
            }
            return all.toByteArray();
        }
    }

    /** As {@link dev.vap.runner.decode.ByteStream#read}. */
    int read(HttpAnswer answer, byte[] target, int offset, int length, long deadlineNanos) {
        try {
            return answer.body().read(target, offset, length, deadlineNanos);
        } catch (IOException e) {
            throw HttpFaults.broken(answer.target(), e);
        } catch (TimeoutException e) {
            throw HttpFaults.silent(answer.target(), e);
        }
    }

    /** The answer after redirects and login, whatever its status; the caller closes its body. */
    HttpAnswer send(Ask ask, long deadlineNanos) {
        if (auth != null) {
            auth.begin();
        }
        Set<HttpTarget> visited = new HashSet<>();
        HttpTarget target = ask.target();
        boolean trusted = target.hasHost(host);
        visited.add(target);
        while (true) {
            boolean mayLogIn = auth != null && trusted;
            HttpAnswer answer = exchange(ask, target, mayLogIn, deadlineNanos);
            if (answer.isRedirect()) {
                answer.close();
                HttpTarget next =
                        target.redirectedTo(answer.head().first("Location").orElseThrow());
                if (!visited.add(next) || visited.size() > MAX_REDIRECTS + 1) {
                    throw endless(target);
                }
                trusted &= next.hasHost(host) && (next.isSecure() || !target.isSecure());
                if (ask.body() != null && !trusted) {
                    throw elsewhere(target);
                }
                target = next;
            } else if (answer.status() == 401
                    && mayLogIn
                    && auth.accept(answer.head().all("WWW-Authenticate"))) {
                answer.close();
            } else {
                return answer;
            }
        }
    }

    private static MediaException endless(HttpTarget target) {
        return new MediaException(
                SourceFault.NOT_ALLOWED,
                target.shown() + " redirects in a circle or more than " + MAX_REDIRECTS
                        + " times: use the URL of the video itself.");
    }

    /** What is posted may hold a login. */
    private static MediaException elsewhere(HttpTarget target) {
        return new MediaException(
                SourceFault.NOT_ALLOWED,
                target.shown() + " redirects to another host, or from https to http, where VAP sends no login: use the"
                        + " URL of the device itself.");
    }

    private HttpAnswer exchange(Ask ask, HttpTarget target, boolean mayLogIn, long deadlineNanos) {
        Optional<String> login = mayLogIn ? auth.header(ask.method(), target.requestTarget()) : Optional.empty();
        Connection connection = connector.connect(target, tlsVerify, deadlineNanos, cancellation);
        boolean answered = false;
        try {
            connection.write(request(ask, target, login), deadlineNanos);
            HttpHead head = HttpHead.read(connection, deadlineNanos);
            HttpBody body = new HttpBody(connection, head);
            answered = true;
            return new HttpAnswer(target, state(login), head, body);
        } catch (TimeoutException e) {
            throw HttpFaults.tooSlow(target, e);
        } catch (IOException e) {
            throw HttpFaults.noAnswer(target, e);
        } finally {
            if (!answered) {
                connection.close();
            }
        }
    }

    private HttpAnswer.Login state(Optional<String> login) {
        if (auth == null) {
            return HttpAnswer.Login.NONE;
        }
        return login.isPresent() ? HttpAnswer.Login.SENT : HttpAnswer.Login.KEPT;
    }

    /** Every request has its own connection: cameras have few, and forget to close those that wait. */
    private static byte[] request(Ask ask, HttpTarget target, Optional<String> login) {
        StringBuilder head = new StringBuilder(ask.method())
                .append(' ')
                .append(target.requestTarget())
                .append(" HTTP/1.1\r\nHost: ")
                .append(target.authority())
                .append("\r\nUser-Agent: vap\r\nAccept: */*\r\nConnection: close\r\n");
        ask.headers().forEach((name, value) -> line(head, name, value));
        login.ifPresent(value -> line(head, "Authorization", value));
        byte[] body = ask.body() == null ? new byte[0] : ask.body().getBytes(StandardCharsets.UTF_8);
        if (ask.body() != null) {
            line(head, "Content-Length", String.valueOf(body.length));
        }
        // A realm goes back as the bytes it came as.
        byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
        byte[] request = Arrays.copyOf(start, start.length + body.length);
        System.arraycopy(body, 0, request, start.length, body.length);
        return request;
    }

    private static void line(StringBuilder head, String name, String value) {
        head.append(name)
                .append(": ")
                .append(value.replaceAll("[\r\n\\x00]", ""))
                .append("\r\n");
    }
}
