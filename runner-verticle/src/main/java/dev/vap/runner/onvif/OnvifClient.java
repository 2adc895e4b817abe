package dev.vap.runner.onvif;

import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaException;
import dev.vap.runner.net.HttpSession;
import dev.vap.runner.net.HttpStreams;
import dev.vap.runner.source.StreamResolver;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.domain.VapException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.w3c.dom.Element;

/**
 * Asks ONVIF devices where their video is: over HTTP, or HTTPS on port 443, with WS-UsernameToken, and with Digest or Basic
 * where a device asks for that. The services that a device names are asked at the host and port that the user gave.
 * Thread-safe; cheap to make.
 */
public final class OnvifClient implements StreamResolver {
    private static final int MAX_NAMES = 10;
    private static final int MAX_NAME = 40;

    private final HttpStreams http;
    private final boolean tlsVerify;
    private final InstantSource clock;

    /**
     * @param http stays the caller's
     * @param tlsVerify whether devices on port 443 need a certificate that is trusted
     */
    public OnvifClient(HttpStreams http, boolean tlsVerify, InstantSource clock) {
        this.http = http;
        this.tlsVerify = tlsVerify;
        this.clock = clock;
    }

    @Override
    public String resolve(SourceUrl source, int width, int height, long deadlineNanos, Cancellation cancellation) {
        DeviceUrl device = DeviceUrl.of(source);
        HttpSession session = http.session(source, tlsVerify, cancellation);
        Soap soap = new Soap(device, session, clock, deadlineNanos);
        soap.synchronize();
        Map<MediaService.Version, MediaService> services = services(device, soap);
        String uri = streamUri(device, soap, services, width, height);
        return StreamAddress.of(device, uri);
    }

    /** In the order of their versions. */
    private static Map<MediaService.Version, MediaService> services(DeviceUrl device, Soap soap) {
        Map<MediaService.Version, MediaService> services = new EnumMap<>(MediaService.Version.class);
        SoapFault refusal = null;
        try {
            Element answer = soap.call(
                    device.path(), Soap.DEVICE, "GetServices", "<IncludeCapability>false</IncludeCapability>");
            for (Element service : Xml.children(answer, "Service")) {
                String namespace = Xml.text(service, "Namespace");
                Stream.of(MediaService.Version.values())
                        .filter(v -> v.namespace().equals(namespace))
                        .forEach(v -> add(services, v, Xml.text(service, "XAddr")));
            }
        } catch (SoapFault e) {
            refusal = e;
        }
        if (services.isEmpty()) {
            try {
                Element answer = soap.call(device.path(), Soap.DEVICE, "GetCapabilities", "<Category>All</Category>");
                add(services, MediaService.Version.MEDIA, Xml.text(answer, "Capabilities", "Media", "XAddr"));
            } catch (SoapFault e) {
                refusal = e;
            }
        }
        if (services.isEmpty()) {
            throw refusal == null
                    ? new MediaException(SourceFault.NO_VIDEO_STREAM, device.shown() + " has no service for video.")
                    : refused(device, refusal);
        }
        return services;
    }

    private static void add(Map<MediaService.Version, MediaService> services, MediaService.Version v, String address) {
        try {
            SourceUrl url = SourceUrl.parse(address);
            if (url.scheme() == SourceUrl.Scheme.HTTP || url.scheme() == SourceUrl.Scheme.HTTPS) {
                String path = DeviceUrl.afterAuthority(url);
                services.putIfAbsent(v, new MediaService(v, path.startsWith("/") ? path : "/" + path));
            }
        } catch (VapException e) {
            // No address, no service.
        }
    }

    private static String streamUri(
            DeviceUrl device, Soap soap, Map<MediaService.Version, MediaService> services, int width, int height) {
        List<Profile> all = new ArrayList<>();
        SoapFault refusal = null;
        for (MediaService service : services.values()) {
            try {
                List<Profile> profiles = service.profiles(soap);
                all.addAll(profiles);
                Optional<Profile> chosen = ProfileChoice.of(profiles, device.profile(), width, height);
                String uri = chosen.isEmpty()
                        ? ""
                        : service.streamUri(soap, chosen.get().token());
                if (!uri.isEmpty()) {
                    return uri;
                }
            } catch (SoapFault e) {
                refusal = e;
            }
        }
        if (device.profile() != null && !all.isEmpty() && all.stream().noneMatch(p -> p.isCalled(device.profile()))) {
            throw new MediaException(
                    SourceFault.NOT_FOUND,
                    device.shown() + " has no profile \"" + Words.clean(device.profile(), MAX_NAME) + "\"; it has: "
                            + names(all) + ".");
        }
        if (refusal != null) {
            throw refused(device, refusal);
        }
        throw new MediaException(
                SourceFault.NO_VIDEO_STREAM,
                device.shown() + " offers no profile with H.264, H.265 or JPEG: set one up in its settings.");
    }

    private static String names(List<Profile> profiles) {
        List<String> names = profiles.stream()
                .map(p -> Words.clean(p.token(), MAX_NAME)
                        + (p.name().isEmpty() || p.name().equals(p.token())
                                ? ""
                                : " (" + Words.clean(p.name(), MAX_NAME) + ")"))
                .distinct()
                .toList();
        return names.stream().limit(MAX_NAMES).collect(Collectors.joining(", "))
                + (names.size() > MAX_NAMES ? ", and more" : "");
    }

    private static MediaException refused(DeviceUrl device, SoapFault refusal) {
        return new MediaException(
                SourceFault.IO,
                device.shown() + " refused to say where its video is: " + refusal.getMessage() + ".",
                refusal);
    }
}
