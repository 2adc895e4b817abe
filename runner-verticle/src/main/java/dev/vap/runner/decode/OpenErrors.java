package dev.vap.runner.decode;

import dev.vap.shared.domain.SourceFault;
import org.bytedeco.ffmpeg.global.avutil;

/** FFmpeg's error codes as faults, and as sentences that say what to do. */
final class OpenErrors {

    private OpenErrors() {}

    /** Why a source could not be opened. */
    static MediaException explain(int error, ReaderOptions options) {
        String subject = options.subject();
        if (error == avutil.AVERROR_HTTP_NOT_FOUND() || error == Ffmpeg.NO_SUCH_FILE) {
            return new MediaException(SourceFault.NOT_FOUND, subject + " does not exist.");
        }
        if (error == Ffmpeg.NO_PERMISSION && !isNetwork(options)) {
            return new MediaException(SourceFault.NOT_ALLOWED, subject + " may not be read: permission was refused.");
        }
        if (options.kind() == SourceKind.FILE) {
            return FileInspector.explain(options.path(), subject, Ffmpeg.describe(error));
        }
        if (error == avutil.AVERROR_HTTP_UNAUTHORIZED() || error == avutil.AVERROR_HTTP_FORBIDDEN()) {
            return unauthorized(options);
        }
        MediaException network = network(Ffmpeg.describe(error), options);
        if (network != null) {
            return network;
        }
        if (error == avutil.AVERROR_INVALIDDATA() || error == Ffmpeg.EOF) {
            return new MediaException(
                    SourceFault.NOT_A_VIDEO,
                    subject + " sends nothing that can be recognized as video: check the address.");
        }
        if (error == Ffmpeg.INVALID_ARGUMENT) {
            return new MediaException(
                    SourceFault.NOT_ALLOWED, subject + " uses a protocol or a format that is not allowed.");
        }
        return new MediaException(SourceFault.IO, subject + " can't be read: " + Ffmpeg.describe(error) + ".");
    }

    /** Why a source that was being read can't be read on. */
    static MediaException brokenOff(int error, ReaderOptions options) {
        String words = Ffmpeg.describe(error);
        return options.kind().alwaysLive() && words.equals("Connection timed out")
                ? new MediaException(SourceFault.TIMEOUT, options.subject() + " went silent.")
                : new MediaException(SourceFault.IO, options.subject() + " can't be read on: " + words + ".");
    }

    private static boolean isNetwork(ReaderOptions options) {
        return options.kind() != SourceKind.FILE && options.kind() != SourceKind.V4L2;
    }

    private static MediaException unauthorized(ReaderOptions options) {
        boolean given = options.url().indexOf('@') > 0;
        return new MediaException(
                SourceFault.UNAUTHORIZED,
                options.subject()
                        + (given
                                ? " refuses the user name and password (401 Unauthorized): correct them."
                                : " wants a user name and a password (401 Unauthorized): write them as"
                                        + " scheme://user:password@host."));
    }

    /** Error numbers differ between systems, their words do not. */
    private static MediaException network(String words, ReaderOptions options) {
        String subject = options.subject();
        return switch (words) {
            case "Connection refused" ->
                new MediaException(
                        SourceFault.REFUSED,
                        subject + " can't be reached: nothing listens there. Check address and port, and whether it is"
                                + " on.");
            case "No route to host", "Network is unreachable", "Host is down" ->
                new MediaException(
                        SourceFault.UNREACHABLE,
                        subject
                                + " can't be reached: there is no way to this host. Check the address and the network.");
            case "Connection timed out", "Operation timed out" ->
                new MediaException(SourceFault.TIMEOUT, subject + " did not answer in time.");
            case "Protocol not supported" ->
                new MediaException(
                        SourceFault.UNSUPPORTED_TRANSPORT,
                        subject + " does not offer this transport: set options.rtsp_transport to "
                                + ("udp".equals(options.network().rtspTransport()) ? "tcp" : "udp") + ", or leave it"
                                + " out.");
            case "Connection reset by peer", "Broken pipe" ->
                new MediaException(SourceFault.IO, subject + " closed the connection.");
            case "Input/output error" ->
                new MediaException(
                        options.network().tlsVerify() ? SourceFault.TLS : SourceFault.IO,
                        subject
                                + (options.network().tlsVerify()
                                        ? " can't be read: the connection failed, perhaps because its certificate is not"
                                                + " trusted (options.tls_verify)."
                                        : " can't be read: the connection failed."));
            default -> null;
        };
    }
}
