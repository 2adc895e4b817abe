package dev.vap.runner.onvif;

import java.util.List;
import org.w3c.dom.Element;

/**
 * The service that knows a device's streams, in one of its two versions.
 *
 * @param path of its address
 */
record MediaService(Version version, String path) {
    private static final int MAX_PROFILES = 256;

    /** Newest first. */
    enum Version {
        MEDIA2("http://www.onvif.org/ver20/media/wsdl"),
        MEDIA("http://www.onvif.org/ver10/media/wsdl");

        private final String namespace;

        Version(String namespace) {
            this.namespace = namespace;
        }

        String namespace() {
            return namespace;
        }
    }

    List<Profile> profiles(Soap soap) {
        // Media2 tells nothing about a profile that is not asked for.
        String content = version == Version.MEDIA2 ? "<Type>VideoEncoder</Type>" : "";
        Element answer = soap.call(path, version.namespace(), "GetProfiles", content);
        return Xml.children(answer, "Profiles").stream()
                .limit(MAX_PROFILES)
                .map(this::profile)
                .filter(p -> !p.token().isEmpty())
                .toList();
    }

    private Profile profile(Element element) {
        Element encoder = version == Version.MEDIA2
                ? Xml.find(element, "Configurations", "VideoEncoder")
                : Xml.find(element, "VideoEncoderConfiguration");
        return new Profile(
                element.getAttribute("token"),
                Xml.text(element, "Name"),
                Profile.Codec.of(Xml.text(encoder, "Encoding")),
                Math.max(0, Xml.number(encoder, "Resolution", "Width")),
                Math.max(0, Xml.number(encoder, "Resolution", "Height")));
    }

    /** As the device says it; to be read over RTSP with TCP. */
    String streamUri(Soap soap, String profileToken) {
        String token = "<ProfileToken>" + Xml.escape(profileToken) + "</ProfileToken>";
        if (version == Version.MEDIA2) {
            String content = "<Protocol>RTSP</Protocol>" + token;
            return Xml.text(soap.call(path, version.namespace(), "GetStreamUri", content), "Uri");
        }
        String content = "<StreamSetup><tt:Stream>RTP-Unicast</tt:Stream><tt:Transport><tt:Protocol>RTSP</tt:Protocol>"
                + "</tt:Transport></StreamSetup>" + token;
        return Xml.text(soap.call(path, version.namespace(), "GetStreamUri", content), "MediaUri", "Uri");
    }
}
