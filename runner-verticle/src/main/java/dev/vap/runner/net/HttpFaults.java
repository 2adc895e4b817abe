package dev.vap.runner.net;

import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.SourceFault;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/** Words for what goes wrong over HTTP. */
final class HttpFaults {
    private static final int MAX_CAUSES = 10;

    private HttpFaults() {}

    /** For a request that got no answer. */
    static MediaException noAnswer(HttpTarget target, Throwable failure) {
        String who = target.shown();
        List<Throwable> causes = causes(failure);
        if (causes.stream().anyMatch(SSLException.class::isInstance)) {
            return tls(who, causes, failure);
        }
        String words = words(causes);
        if (has(causes, NoRouteToHostException.class) || words.contains("unreachable")) {
            return new MediaException(
                    SourceFault.UNREACHABLE,
                    "There is no way to " + who + ": check the host and the network.",
                    failure);
        }
        if (has(causes, ConnectException.class) && words.contains("timed out")) {
            return tooSlow(target, failure);
        }
        if (has(causes, ConnectException.class)) {
            return new MediaException(
                    SourceFault.REFUSED,
                    who + " refused the connection: check that the source is on, and the port.",
                    failure);
        }
        String detail = causes.stream()
                .filter(ProtocolException.class::isInstance)
                .map(Throwable::getMessage)
                .findFirst()
                .orElse("closed the connection without an answer");
        return new MediaException(SourceFault.IO, who + " " + detail + ": check the port, and try again.", failure);
    }

    private static MediaException tls(String who, List<Throwable> causes, Throwable failure) {
        String words = words(causes);
        if (words.contains("unsupported or unrecognized ssl message") || words.contains("plaintext connection")) {
            return new MediaException(
                    SourceFault.TLS, who + " does not speak TLS: check the port, or use http://.", failure);
        }
        boolean certificate = has(causes, CertificateException.class) || words.contains("certificate_unknown");
        return certificate
                ? new MediaException(
                        SourceFault.TLS,
                        "The certificate of " + who + " is not trusted: have its authority added to SOURCE_CA_FILE, or"
                                + " set options.tls_verify to false.",
                        failure)
                : new MediaException(
                        SourceFault.TLS,
                        who + " and VAP found no way to encrypt (TLS): check the port, update the camera, or use"
                                + " http://.",
                        failure);
    }

    static MediaException tooSlow(HttpTarget target, Throwable cause) {
        return new MediaException(SourceFault.TIMEOUT, target.shown() + " did not answer in time.", cause);
    }

    /** For a body that was being read. */
    static MediaException broken(HttpTarget target, IOException failure) {
        return new MediaException(
                SourceFault.IO, "The connection to " + target.shown() + " broke off in the middle.", failure);
    }

    static MediaException silent(HttpTarget target, TimeoutException cause) {
        return new MediaException(SourceFault.TIMEOUT, target.shown() + " did not send what is needed in time.", cause);
    }

    /** For an answer that brings nothing. */
    static MediaException status(HttpAnswer answer) {
        String who = answer.target().shown();
        int status = answer.status();
        return switch (status) {
            case 401 -> new MediaException(SourceFault.UNAUTHORIZED, who + unauthorized(answer.login()));
            case 403 ->
                new MediaException(
                        SourceFault.UNAUTHORIZED,
                        who + " forbids access to this (403): check the user's rights and the path.");
            case 404, 410 ->
                new MediaException(
                        SourceFault.NOT_FOUND,
                        who + " has nothing under this path (" + status + "): check the path in the URL.");
            default ->
                new MediaException(
                        SourceFault.IO,
                        who + " answered " + status + words(status) + (status >= 500 ? ": try again later." : "."));
        };
    }

    private static String unauthorized(HttpAnswer.Login login) {
        return switch (login) {
            case NONE -> " asks for a login: put user name and password into the URL, as in http://user:password@host.";
            case KEPT ->
                " asks for a login that VAP does not give: have it offer Basic or Digest, and if the URL redirects to it,"
                        + " use its own URL.";
            case SENT -> " refused the user name or the password: check them in the URL.";
        };
    }

    private static String words(int status) {
        return switch (status) {
            case 300 -> " (Multiple Choices)";
            case 304 -> " (Not Modified)";
            case 400 -> " (Bad Request)";
            case 405 -> " (Method Not Allowed)";
            case 406 -> " (Not Acceptable)";
            case 407 -> " (Proxy Authentication Required)";
            case 408 -> " (Request Timeout)";
            case 409 -> " (Conflict)";
            case 415 -> " (Unsupported Media Type)";
            case 416 -> " (Range Not Satisfiable)";
            case 423 -> " (Locked)";
            case 429 -> " (Too Many Requests)";
            case 500 -> " (Internal Server Error)";
            case 501 -> " (Not Implemented)";
            case 502 -> " (Bad Gateway)";
            case 503 -> " (Service Unavailable)";
            case 504 -> " (Gateway Timeout)";
            default -> "";
        };
    }

    private static List<Throwable> causes(Throwable failure) {
        List<Throwable> causes = new ArrayList<>();
        for (Throwable e = failure; e != null && causes.size() < MAX_CAUSES; e = e.getCause()) {
            causes.add(e);
        }
        return causes;
    }

    private static boolean has(List<Throwable> causes, Class<? extends Throwable> type) {
        return causes.stream().anyMatch(type::isInstance);
    }

    private static String words(List<Throwable> causes) {
        StringBuilder words = new StringBuilder();
        causes.forEach(e -> words.append(e.getMessage()).append('\n'));
        return words.toString().toLowerCase(Locale.ROOT);
    }
}
