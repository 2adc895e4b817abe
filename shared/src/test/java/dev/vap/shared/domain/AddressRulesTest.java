package dev.vap.shared.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRulesTest {

    private static Optional<String> refusal(AddressRules rules, String address) {
        return rules.refusal(AddressRules.literal(address).orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "10.0.0.1",
                "192.168.1.64",
                "172.16.0.1",
                "8.8.8.8",
                "239.1.1.1",
                "::1",
                "2001:db8::1"
            })
    void allowsWhereCamerasAre(String address) {
        assertThat(refusal(AddressRules.allowing(List.of()), address)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "169.254.169.254, link-local",
        "169.254.0.1, link-local",
        "fe80::1, link-local",
        "fe80::1%25eth0, link-local",
        "::ffff:169.254.169.254, link-local",
        "fd00:ec2::254, that of a cloud's metadata service",
        "100.100.100.200, that of a cloud's metadata service",
        "168.63.129.16, that of a cloud's metadata service",
        "0.0.0.0, not one of a host",
        "::, not one of a host",
    })
    void refusesTheRest(String address, String why) {
        assertThat(refusal(AddressRules.allowing(List.of()), address)).hasValue(why);
    }

    @ParameterizedTest
    @CsvSource({
        "169.254.10.0/24, 169.254.10.77, true",
        "169.254.10.0/24, 169.254.11.1, false",
        "169.254.10.5, 169.254.10.5, true",
        "169.254.10.5, 169.254.10.6, false",
        "169.254.10.130/25, 169.254.10.200, true",
        "169.254.10.130/25, 169.254.10.20, false",
        "0.0.0.0/0, 169.254.169.254, true",
        "0.0.0.0/0, fe80::1, false",
        "fe80::/10, fe80::5, true",
        "fd00:ec2::254, fd00:ec2::254, true",
    })
    void knowsExceptions(String exception, String address, boolean allowed) {
        AddressRules rules = AddressRules.allowing(List.of("10.9.8.7", exception));
        assertThat(refusal(rules, address).isEmpty()).isEqualTo(allowed);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "camera",
                "169.254.0.0/33",
                "169.254.0.0/-1",
                "169.254.0.0/",
                "169.254.0.0/x",
                "fe80::/129",
                "300.1.1.1",
                "1.2.3",
                "::g",
                "/8",
                ""
            })
    void saysWhatIsNoNetwork(String text) {
        assertThatThrownBy(() -> AddressRules.allowing(List.of(text)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("\"" + text + "\" is not an address or a network such as 169.254.10.0/24");
    }

    @ParameterizedTest
    @ValueSource(strings = {"camera.local", "300.1.1.1", "1.2.3", "2852039166", "a.b:c", "1::2::3", ""})
    void looksNoNameUp(String host) {
        assertThat(AddressRules.literal(host)).isEmpty();
    }
}
