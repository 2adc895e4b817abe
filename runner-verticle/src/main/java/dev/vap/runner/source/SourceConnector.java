package dev.vap.runner.source;

import dev.vap.runner.decode.ByteStream;
import dev.vap.runner.decode.ByteStreams;
import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaException;
import dev.vap.runner.decode.ReaderOptions;
import dev.vap.runner.decode.RedirectException;
import dev.vap.runner.decode.SourceKind;
import dev.vap.runner.net.Percent;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.domain.VapException;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Opens whatever a source URL may name: finds out where the video of an ONVIF device is, checks the address, follows the
 * redirects of cameras, and tells pictures from streams. Thread-safe; every opening blocks one thread, for not longer than
 * the connection time-out.
 */
public final class SourceConnector implements SourceOpener {

    private static final int MAX_REDIRECTS = 5;

    /** They wait for packets at the address and connect to none. */
    private static final Set<SourceUrl.Scheme> LISTENING = Set.of(SourceUrl.Scheme.UDP, SourceUrl.Scheme.RTP);

    /** FFmpeg reads options out of the query of these; only those that open nothing are let through. */
    private static final Set<String> UDP_PARAMETERS = Set.of("localaddr", "sources", "reuse");

    private static final Set<String> SRT_PARAMETERS =
            Set.of("passphrase", "pbkeylen", "streamid", "latency", "rcvlatency", "mode", "transtype");

    private static final Pattern CALLER = Pattern.compile("(.*[?&])?mode=(?!caller(&|$)).*");

    private final SourceConfig config;
    private final HostCheck hosts;
    private final ByteStreams streams;
    private final StreamResolver devices;
    private final StreamResolver trustedDevices;

    /**
     * @param trustedDevices asks ONVIF devices whose certificate has to be trusted ({@code tls_verify})
     */
    public SourceConnector(
            SourceConfig config,
            HostCheck hosts,
            ByteStreams streams,
            StreamResolver devices,
            StreamResolver trustedDevices) {
        this.config = config;
        this.hosts = hosts;
        this.streams = streams;
        this.devices = devices;
        this.trustedDevices = trustedDevices;
    }

    @Override
    public FrameSource open(SourceSpec spec, Cancellation cancellation) {
        allow(spec.url());
        SourceUrl url = spec.url();
        long deadline = System.nanoTime() + config.limits().open().toNanos();
        if (url.scheme() == SourceUrl.Scheme.ONVIF) {
            hosts.check(url.host(), deadline, cancellation);
            StreamResolver resolver = spec.options().tlsVerify() ? trustedDevices : devices;
            url = parsed(resolver.resolve(url, spec.modelWidth(), spec.modelHeight(), deadline, cancellation));
            if (url.host() == null || url.scheme() == SourceUrl.Scheme.ONVIF) {
                throw new MediaException(
                        SourceFault.NOT_ALLOWED, "The ONVIF device names a stream that is not on the network.");
            }
            allow(url);
        }
        for (int redirects = 0; ; redirects++) {
            try {
                return open(url, spec, deadline, cancellation);
            } catch (RedirectException e) {
                if (redirects == MAX_REDIRECTS) {
                    throw new MediaException(
                            SourceFault.NOT_ALLOWED,
                            "The source " + Redact.shorten(url.withoutCredentials())
                                    + " redirects again and again: give the address where the stream really is.",
                            e);
                }
                url = redirected(url, e);
            }
        }
    }

    private FrameSource open(SourceUrl url, SourceSpec spec, long deadline, Cancellation cancellation) {
        if (url.host() != null && !LISTENING.contains(url.scheme())) {
            hosts.check(url.host(), deadline, cancellation);
        }
        ReaderOptions reader = reader(url, spec.options());
        if (reader.kind() != SourceKind.HTTP) {
            return VideoFrameSource.open(spec, reader, null, cancellation);
        }
        ByteStream bytes = streams.open(url.raw(), spec.options().tlsVerify(), deadline, cancellation);
        return bytes.contentType().startsWith("image/")
                ? SnapshotSource.open(spec, reader, bytes, cancellation)
                : VideoFrameSource.open(spec, reader, bytes, cancellation);
    }

    private void allow(SourceUrl url) {
        if (!config.schemes().contains(url.scheme())) {
            throw new MediaException(
                    SourceFault.NOT_ALLOWED,
                    "Sources of the kind " + url.scheme().wire() + " are switched off here (SOURCE_SCHEMES).");
        }
    }

    private static SourceUrl parsed(String text) {
        try {
            return SourceUrl.parse(text);
        } catch (VapException e) {
            throw new MediaException(SourceFault.NOT_ALLOWED, e.getMessage(), e);
        }
    }

    /** To the same kind of stream only; the login goes along only to the same host. */
    private static SourceUrl redirected(SourceUrl from, RedirectException to) {
        SourceUrl target = parsed(to.target());
        boolean rtsp = target.scheme() == SourceUrl.Scheme.RTSP || target.scheme() == SourceUrl.Scheme.RTSPS;
        if (!rtsp || target.equals(from)) {
            throw to;
        }
        boolean same = target.host().equalsIgnoreCase(from.host());
        if (!same || target.credentials() != null || from.credentials() == null) {
            return target;
        }
        String own = from.raw();
        int start = own.indexOf("//") + 2;
        int end = start + own.length() - from.withoutCredentials().length();
        int at = target.raw().indexOf("//") + 2;
        return parsed(target.raw().substring(0, at)
                + own.substring(start, end)
                + target.raw().substring(at));
    }

    private ReaderOptions reader(SourceUrl url, ScenarioOptions options) {
        String text = encoded(url);
        ReaderOptions reader =
                switch (url.scheme()) {
                    case FILE -> ReaderOptions.file(MediaFiles.allowed(url, config.mediaRoot()));
                    case V4L2 -> ReaderOptions.of(SourceKind.V4L2, url.path());
                    case RTSP -> ReaderOptions.of(SourceKind.RTSP, text);
                    case RTSPS -> ReaderOptions.of(SourceKind.RTSPS, text);
                    case HTTP, HTTPS -> ReaderOptions.of(SourceKind.HTTP, text);
                    case RTMP -> ReaderOptions.of(SourceKind.RTMP, text);
                    case RTMPS -> ReaderOptions.of(SourceKind.RTMPS, text);
                    case SRT -> ReaderOptions.of(SourceKind.SRT, known(url, SRT_PARAMETERS));
                    case UDP -> ReaderOptions.of(SourceKind.UDP, known(url, UDP_PARAMETERS));
                    case RTP -> ReaderOptions.of(SourceKind.RTP, known(url, UDP_PARAMETERS));
                    case ONVIF -> throw new IllegalStateException("resolved before");
                };
        return reader.withLimits(config.limits())
                .withHwaccel(options.hwaccel() == null ? ReaderOptions.SOFTWARE : options.hwaccel())
                .withNetwork(new ReaderOptions.Network(
                        options.rtspTransport(), options.tlsVerify(), config.caFile(), streams));
    }

    /** The URL with user name and password as every reader understands them, however the user wrote them. */
    private static String encoded(SourceUrl url) {
        SourceUrl.Credentials login = url.credentials();
        if (login == null) {
            return url.raw();
        }
        String bare = url.withoutCredentials();
        int authority = bare.indexOf("//") + 2;
        return bare.substring(0, authority) + Percent.encode(login.user()) + ":" + Percent.encode(login.password())
                + "@" + bare.substring(authority);
    }

    private static String known(SourceUrl url, Set<String> parameters) {
        String text = url.raw();
        int query = text.indexOf('?');
        if (query < 0) {
            return text;
        }
        for (String pair : text.substring(query + 1).split("&", -1)) {
            String name = pair.substring(0, pair.indexOf('=') < 0 ? pair.length() : pair.indexOf('='));
            if (!pair.isEmpty() && !parameters.contains(name.toLowerCase(Locale.ROOT))) {
                throw new MediaException(
                        SourceFault.NOT_ALLOWED,
                        "The parameter \"" + Redact.shorten(name) + "\" of a "
                                + url.scheme().wire()
                                + ":// source is not known: use " + String.join(", ", new TreeSet<>(parameters))
                                + ".");
            }
        }
        if (CALLER.matcher(text.substring(query + 1)).matches()) {
            throw new MediaException(
                    SourceFault.NOT_ALLOWED, "VAP opens srt:// sources as the caller only: leave mode out.");
        }
        return text;
    }
}
