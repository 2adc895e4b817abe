package dev.vap.runner.onvif;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.AddressRules;
import dev.vap.shared.protocol.DiscoverReport.Device;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeMatchTest {

    private static final AddressRules RULES = AddressRules.allowing(List.of());
    private static final String CAMERA = "dn:NetworkVideoTransmitter";

    private static String match(String reference, String types, String scopes, String addresses) {
        return "<d:ProbeMatch><a:EndpointReference><a:Address>" + reference + "</a:Address></a:EndpointReference>"
                + "<d:Types>" + types + "</d:Types><d:Scopes>" + scopes + "</d:Scopes><d:XAddrs>" + addresses
                + "</d:XAddrs></d:ProbeMatch>";
    }

    private static List<ProbeMatch> parse(String sender, String... matches) {
        return parseRaw(
                sender,
                "<s:Envelope xmlns:s=\"s\" xmlns:a=\"a\" xmlns:d=\"d\"><s:Header/><s:Body><d:ProbeMatches>"
                        + String.join("", matches) + "</d:ProbeMatches></s:Body></s:Envelope>");
    }

    private static List<ProbeMatch> parseRaw(String sender, String text) {
        byte[] bytes = (text + "left over from the datagram before").getBytes(StandardCharsets.UTF_8);
        try {
            return ProbeMatch.parse(
                    bytes, text.getBytes(StandardCharsets.UTF_8).length, InetAddress.getByName(sender), RULES);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Device only(String sender, String types, String scopes, String addresses) {
        List<ProbeMatch> matches = parse(sender, match("urn:uuid:1", types, scopes, addresses));
        assertThat(matches).hasSize(1);
        return matches.get(0).device();
    }

    @Test
    void readsWhatADeviceSaysAboutItself() {
        Device device = only(
                "192.168.1.64",
                CAMERA + " tds:Device",
                "onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/Front%20Door%0A%E2%80%AE\u00fc"
                        + " onvif://www.onvif.org/hardware/DS-2CD+1 onvif://www.onvif.org/location/country/de"
                        + " onvif://www.onvif.org/location/city/Ulm onvif://www.onvif.org/name/second",
                "http://192.168.1.64/onvif/device_service");

        assertThat(device)
                .isEqualTo(new Device(
                        "onvif://192.168.1.64",
                        "http://192.168.1.64/onvif/device_service",
                        "Front Door \u00fc",
                        "DS-2CD+1",
                        "country/de, city/Ulm"));
    }

    @Test
    void saysNothingWhereADeviceDoes() {
        Device device = only("192.168.1.64", CAMERA, "", "");

        assertThat(device)
                .isEqualTo(new Device(
                        "onvif://192.168.1.64", "http://192.168.1.64/onvif/device_service", null, null, null));
    }

    @ParameterizedTest
    @CsvSource({
        // Its own addresses: the one that answered, over HTTP if there is one.
        "192.168.1.64, http://10.0.0.1/onvif/device_service http://192.168.1.64:8080/onvif/device_service, onvif://192.168.1.64:8080",
        "192.168.1.64, https://192.168.1.64/onvif/device_service http://192.168.1.64/onvif/device_service, onvif://192.168.1.64",
        "192.168.1.64, https://192.168.1.64/onvif/device_service, onvif://192.168.1.64:443",
        "192.168.1.64, http://[fe80::1]/onvif/device_service http://192.168.1.64/other, onvif://192.168.1.64/other",
        // Behind NAT, or a name: where the answer came from.
        "192.168.1.64, http://10.66.66.66:88/onvif/device_service, onvif://192.168.1.64:88",
        "192.168.1.64, http://cam.local/onvif/device_service, onvif://192.168.1.64",
        // Credentials and queries are not a device's to give.
        "192.168.1.64, http://a:b@192.168.1.64/x y?z#f, onvif://192.168.1.64/x",
        "192.168.1.64, file:///etc/passwd gopher://x, onvif://192.168.1.64",
        // Link-local, as cameras without DHCP are: another address that it has, else that one, which says why not.
        "169.254.7.7, http://169.254.7.7/onvif/device_service http://192.168.1.64/onvif/device_service, onvif://192.168.1.64",
        "169.254.7.7, http://169.254.7.7:81/onvif/device_service, onvif://169.254.7.7:81"
    })
    void choosesAnAddressThatCanBeConnectedTo(String sender, String addresses, String url) {
        assertThat(only(sender, CAMERA, "", addresses).cameraUrl()).isEqualTo(url);
    }

    @Test
    void leavesOutComputersAndPrinters() {
        assertThat(parse(
                        "192.168.1.9",
                        match("1", "wsdp:Device pub:Computer", "", "http://192.168.1.9:5357/x"),
                        match("2", "", "onvif://www.onvif.org/name/x", ""),
                        match("3", "wprt:PrintDeviceType", "ldap:///x", "")))
                .extracting(ProbeMatch::key)
                .containsExactly("2");
    }

    @Test
    void tellsDevicesApartByTheirReference() {
        assertThat(parse(
                        "192.168.1.9",
                        match("URN:UUID:A", CAMERA, "", "http://192.168.1.9:81/"),
                        match("", CAMERA, "", "http://192.168.1.9:82/")))
                .extracting(ProbeMatch::key)
                .containsExactly("urn:uuid:a", "http://192.168.1.9:82/");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "hello",
                "<a/>",
                "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/hostname\">]><x>&e;</x>",
                "<s:Envelope xmlns:s=\"s\"><s:Body/></s:Envelope>",
                "<s:Envelope xmlns:s=\"s\"><s:Body><ProbeMatches/></s:Body></s:Envelope>",
                "<?xml version=\"1.0\" encoding=\"no-such\"?><a/>"
            })
    void ignoresEverythingElse(String text) {
        assertThat(parseRaw("192.168.1.9", text)).isEmpty();
    }

    @Test
    void boundsWhatItKeeps() {
        String scopes =
                "onvif://www.onvif.org/name/" + "n".repeat(5000) + " onvif://www.onvif.org/location/x".repeat(500);
        Device device = only("192.168.1.9", CAMERA, scopes, "http://192.168.1.9/" + "p".repeat(1500));

        assertThat(device.name()).hasSizeLessThan(110);
        assertThat(device.location()).hasSizeLessThan(110);
        assertThat(device.cameraUrl()).isEqualTo("onvif://192.168.1.9");
        String many = match("", CAMERA, "", "").repeat(200);
        assertThat(parse("192.168.1.9", many)).hasSize(64);
    }
}
