package dev.vap.runner.onvif;

import dev.vap.runner.net.Percent;
import dev.vap.shared.domain.AddressRules;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.DiscoverReport;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.w3c.dom.Element;
import org.xml.sax.SAXException;

/**
 * What a device says to a probe.
 *
 * @param key tells devices apart
 */
record ProbeMatch(String key, DiscoverReport.Device device) {
    private static final String SCOPE = "onvif://www.onvif.org/";
    private static final int MAX_MATCHES = 64;
    private static final int MAX_WORDS = 100;
    private static final int MAX_SCOPES = 64;
    private static final int MAX_ADDRESSES = 16;
    private static final int MAX_PATH = 200;

    /**
     * The ONVIF devices in an answer; none if it is something else.
     *
     * @param sender where the answer came from
     */
    static List<ProbeMatch> parse(byte[] datagram, int length, InetAddress sender, AddressRules rules) {
        try {
            Element envelope = Xml.parse(new ByteArrayInputStream(datagram, 0, length));
            Element matches = Xml.find(envelope, "Body", "ProbeMatches");
            return matches == null
                    ? List.of()
                    : Xml.children(matches, "ProbeMatch").stream()
                            .limit(MAX_MATCHES)
                            .filter(ProbeMatch::isOnvif)
                            .map(match -> of(match, sender, rules))
                            .toList();
        } catch (SAXException e) {
            // Anybody may send anything here.
            return List.of();
        }
    }

    /** Computers and printers answer the same probes. */
    private static boolean isOnvif(Element match) {
        return words(Xml.text(match, "Types"), MAX_SCOPES).anyMatch(t -> t.endsWith("NetworkVideoTransmitter"))
                || words(Xml.text(match, "Scopes"), MAX_SCOPES).anyMatch(s -> s.startsWith(SCOPE));
    }

    private static ProbeMatch of(Element match, InetAddress sender, AddressRules rules) {
        List<String> scopes = words(Xml.text(match, "Scopes"), MAX_SCOPES).toList();
        SourceUrl address = address(Xml.text(match, "XAddrs"), sender, rules);
        String reference = Xml.text(match, "EndpointReference", "Address").toLowerCase(Locale.ROOT);
        return new ProbeMatch(
                reference.isEmpty() ? address.raw() : reference,
                new DiscoverReport.Device(
                        cameraUrl(address),
                        address.raw(),
                        scope(scopes, "name").findFirst().orElse(null),
                        scope(scopes, "hardware").findFirst().orElse(null),
                        Words.clean(scope(scopes, "location").collect(Collectors.joining(", ")), MAX_WORDS)
                                .transform(text -> text.isEmpty() ? null : text)));
    }

    private static Stream<String> words(String text, int most) {
        return Stream.of(text.split("\\s+", most + 1)).limit(most).filter(word -> !word.isEmpty());
    }

    private static Stream<String> scope(List<String> scopes, String kind) {
        String prefix = SCOPE + kind + "/";
        return scopes.stream()
                .filter(scope -> scope.startsWith(prefix))
                .map(scope -> Words.clean(decoded(scope.substring(prefix.length())), MAX_WORDS))
                .filter(text -> !text.isEmpty());
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }

    /**
     * The device's service, at an address that may be connected to if there is one. Devices name all their addresses, also those
     * that can't be reached from here, and behind NAT none that can: so the one that the answer came from goes first.
     */
    private static SourceUrl address(String text, InetAddress sender, AddressRules rules) {
        List<SourceUrl> named = named(text);
        String from = sender.getHostAddress();
        Optional<SourceUrl> theSenders =
                named.stream().filter(url -> url.host().equals(from)).findFirst();
        Optional<SourceUrl> movedThere = named.stream().findFirst().map(url -> moved(url, from));
        Stream<Optional<SourceUrl>> choices = rules.refusal(sender).isEmpty()
                ? Stream.of(theSenders, movedThere)
                : Stream.of(
                        named.stream()
                                .filter(url -> isAllowed(url.host(), rules))
                                .findFirst(),
                        theSenders,
                        movedThere);
        return choices.flatMap(Optional::stream)
                .findFirst()
                .orElseGet(() -> SourceUrl.parse("http://" + bracketed(from) + DeviceUrl.DEFAULT_PATH));
    }

    /** Those over HTTP first. */
    private static List<SourceUrl> named(String text) {
        List<SourceUrl> urls = new ArrayList<>();
        words(text, MAX_ADDRESSES).forEach(word -> {
            try {
                SourceUrl url = SourceUrl.parse(word);
                if (url.scheme() == SourceUrl.Scheme.HTTP || url.scheme() == SourceUrl.Scheme.HTTPS) {
                    urls.add(moved(url, url.host()));
                }
            } catch (VapException e) {
                // Not an address.
            }
        });
        urls.sort(Comparator.comparing(SourceUrl::scheme));
        return urls;
    }

    /** At another host; without credentials and with a path that is one. */
    private static SourceUrl moved(SourceUrl url, String host) {
        String path = DeviceUrl.afterAuthority(url).split("[?#]", 2)[0];
        return SourceUrl.parse(url.scheme().wire() + "://" + bracketed(host) + (url.port() < 0 ? "" : ":" + url.port())
                + (path.startsWith("/") && path.length() <= MAX_PATH ? Percent.repair(path) : DeviceUrl.DEFAULT_PATH));
    }

    private static String bracketed(String host) {
        return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    }

    /** Names are not looked up for strangers. */
    private static boolean isAllowed(String host, AddressRules rules) {
        if (!host.matches("\\d{1,3}(\\.\\d{1,3}){3}")) {
            return false;
        }
        try {
            return rules.refusal(InetAddress.getByName(host)).isEmpty();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static String cameraUrl(SourceUrl address) {
        boolean secure = address.scheme() == SourceUrl.Scheme.HTTPS;
        int port = address.port() >= 0 ? address.port() : secure ? DeviceUrl.SECURE_PORT : DeviceUrl.DEFAULT_PORT;
        String path = DeviceUrl.afterAuthority(address);
        return "onvif://" + bracketed(address.host()) + (port == DeviceUrl.DEFAULT_PORT ? "" : ":" + port)
                + (path.equals(DeviceUrl.DEFAULT_PATH) ? "" : path);
    }
}
