package dev.vap.shared.domain;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which addresses sources may connect to: all but link-local ones and those where clouds keep the secrets of a machine, so
 * that a camera URL can't be used to read them. Exceptions can be named. Immutable; looks nothing up.
 */
public final class AddressRules {

    private static final String BYTE = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";

    /** Only what is surely an address: Java looks up whatever it can't read as one. */
    private static final Pattern IPV4 = Pattern.compile(BYTE + "(?:\\." + BYTE + "){3}");

    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    /** Instance metadata of AWS (IPv6), Alibaba Cloud and Azure; the IPv4 one of the others is link-local. */
    private static final List<Network> METADATA =
            List.of(Network.parse("fd00:ec2::254"), Network.parse("100.100.100.200"), Network.parse("168.63.129.16"));

    private final List<Network> allowed;

    private AddressRules(List<Network> allowed) {
        this.allowed = allowed;
    }

    /**
     * @param exceptions addresses or networks such as {@code 169.254.10.0/24} that are allowed nevertheless
     * @throws IllegalArgumentException naming the one that is neither
     */
    public static AddressRules allowing(List<String> exceptions) {
        List<Network> networks = new ArrayList<>();
        exceptions.forEach(text -> networks.add(Network.parse(text)));
        return new AddressRules(List.copyOf(networks));
    }

    /** The address that a host is written as; empty for a name, which would have to be looked up. */
    public static Optional<InetAddress> literal(String host) {
        // IPv6 with a zone: the zone says nothing about the kind of address, and may not exist here.
        int zone = host.indexOf('%');
        String text = zone < 0 ? host : host.substring(0, zone);
        if (!IPV4.matcher(text).matches() && !IPV6.matcher(text).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByName(text));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    /** Why the address must not be connected to, to complete "The source's address … is "; empty if it may be. */
    public Optional<String> refusal(InetAddress address) {
        if (allowed.stream().anyMatch(n -> n.contains(address))) {
            return Optional.empty();
        }
        if (address.isAnyLocalAddress()) {
            return Optional.of("not one of a host");
        }
        if (address.isLinkLocalAddress()) {
            return Optional.of("link-local");
        }
        return METADATA.stream().anyMatch(n -> n.contains(address))
                ? Optional.of("that of a cloud's metadata service")
                : Optional.empty();
    }

    /** The first {@code bits} of an address of so many bytes. */
    private record Network(BigInteger prefix, int bytes, int bits) {

        static Network parse(String text) {
            int slash = text.indexOf('/');
            String host = slash < 0 ? text : text.substring(0, slash);
            Optional<InetAddress> literal = literal(host);
            if (literal.isPresent()) {
                byte[] address = literal.get().getAddress();
                int all = address.length * 8;
                int bits = slash < 0 ? all : bits(text.substring(slash + 1));
                if (bits >= 0 && bits <= all) {
                    return new Network(new BigInteger(1, address).shiftRight(all - bits), address.length, bits);
                }
            }
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not an address or a network such as 169.254.10.0/24");
        }

        private static int bits(String text) {
            return text.matches("\\d{1,3}") ? Integer.parseInt(text) : -1;
        }

        boolean contains(InetAddress other) {
            byte[] address = other.getAddress();
            return address.length == bytes
                    && new BigInteger(1, address).shiftRight(bytes * 8 - bits).equals(prefix);
        }
    }
}
