package dev.vap.runner.net;

import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
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
     * @param refused whether it is a refusal of the credentials that were sent over HTTP
     */
    public record Reply(int status, String contentType, InputStream body, boolean refused) {}

    private final HttpClient client;
    private final AddressGuard guard;
    private final String host;
    /** Null without credentials. */
    private final HttpAuth auth;

    private final Cancellation cancellation;

    HttpSession(
            HttpClient client,
            AddressGuard guard,
            String host,
            SourceUrl.Credentials credentials,
            Cancellation cancellation) {
        this.client = client;
        this.guard = guard;
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
        return new Reply(
                answer.status(),
                answer.contentType(),
                new ByteArrayInputStream(readAll(answer, maxBytes, deadlineNanos)),
                refused(answer));
    }

    boolean refused(HttpAnswer answer) {
        return answer.status() == 401 && auth != null && auth.refused();
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
            return answer.body().read(target, offset, length, deadlineNanos, cancellation);
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
        Set<URI> visited = new HashSet<>();
        HttpTarget target = ask.target();
        boolean trusted = true;
        visited.add(target.uri());
        while (true) {
            guard.check(target.host(), deadlineNanos, cancellation);
            boolean mayLogIn = auth != null && trusted && target.hasHost(host);
            HttpAnswer answer = exchange(request(ask, target, mayLogIn), target, deadlineNanos);
            if (answer.isRedirect()) {
                answer.close();
                HttpTarget next = target.redirectedTo(
                        answer.headers().firstValue("Location").orElseThrow());
                if (!visited.add(next.uri()) || visited.size() > MAX_REDIRECTS + 1) {
                    throw endless(target);
                }
                trusted &= next.isSecure() || !target.isSecure();
                target = next;
            } else if (answer.status() == 401
                    && mayLogIn
                    && auth.accept(answer.headers().allValues("WWW-Authenticate"))) {
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

    private HttpRequest request(Ask ask, HttpTarget target, boolean mayLogIn) {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(target.uri())
                    .method(
                            ask.method(),
                            ask.body() == null
                                    ? HttpRequest.BodyPublishers.noBody()
                                    : HttpRequest.BodyPublishers.ofString(ask.body()))
                    .header("User-Agent", "vap");
            ask.headers().forEach(request::header);
            if (mayLogIn) {
                auth.header(ask.method(), target.requestTarget()).ifPresent(h -> request.header("Authorization", h));
            }
            return request.build();
        } catch (IllegalArgumentException e) {
            throw new MediaException(
                    SourceFault.NOT_ALLOWED,
                    target.shown() + " can't be asked this way: its host, or the login that it wants, is not one of"
                            + " HTTP.",
                    e);
        }
    }

    private HttpAnswer exchange(HttpRequest request, HttpTarget target, long deadlineNanos) {
        HttpBody body = new HttpBody(target.shown());
        CompletableFuture<HttpResponse<HttpBody>> pending = client.sendAsync(request, info -> body);
        boolean answered = false;
        try {
            HttpResponse<HttpBody> response = Waiting.forResult(pending, target.shown(), deadlineNanos, cancellation);
            answered = true;
            return new HttpAnswer(target, response.statusCode(), response.headers(), body);
        } catch (TimeoutException e) {
            throw HttpFaults.tooSlow(target, e);
        } catch (ExecutionException e) {
            throw HttpFaults.noAnswer(target, e.getCause());
        } catch (CancellationException e) {
            throw HttpFaults.noAnswer(target, e);
        } finally {
            if (!answered) {
                // The body first: an answer that comes at this moment finds it closed.
                body.close();
                pending.cancel(true);
            }
        }
    }
}
