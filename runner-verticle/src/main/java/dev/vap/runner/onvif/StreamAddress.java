package dev.vap.runner.onvif;

import dev.vap.runner.decode.MediaException;
import dev.vap.runner.net.Percent;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.domain.VapException;

/** Makes a URL that can be opened of what a device calls the address of a stream. */
final class StreamAddress {

    private StreamAddress() {}

    /**
     * Scheme, port and path are the device's, the rest the user's: its host, since a device behind NAT names one that can't be
     * reached and a hostile one any, and its credentials instead of those that some devices put in.
     *
     * @throws MediaException {@code NOT_ALLOWED} if it is not {@code rtsp}, {@code rtsps}, {@code http} or {@code https}
     */
    static String of(DeviceUrl device, String uri) {
        try {
            SourceUrl stream = SourceUrl.parse(uri);
            switch (stream.scheme()) {
                case RTSP, RTSPS, HTTP, HTTPS -> {
                    String url = stream.scheme().wire() + "://" + credentials(device) + device.host()
                            + (stream.port() < 0 ? "" : ":" + stream.port())
                            + Percent.repair(DeviceUrl.afterAuthority(stream));
                    return SourceUrl.parse(url).raw();
                }
                default -> {
                    // Told below.
                }
            }
        } catch (VapException e) {
            // Told below, without repeating what the device made up.
        }
        throw new MediaException(
                SourceFault.NOT_ALLOWED,
                device.shown()
                        + " names an address of its stream that is not an rtsp:// or http:// URL, and VAP opens no"
                        + " other: give the URL of the stream itself.");
    }

    private static String credentials(DeviceUrl device) {
        SourceUrl.Credentials credentials = device.source().credentials();
        return credentials == null
                ? ""
                : Percent.encode(credentials.user()) + ":" + Percent.encode(credentials.password()) + "@";
    }
}
