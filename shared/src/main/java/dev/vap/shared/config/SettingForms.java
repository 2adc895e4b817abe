package dev.vap.shared.config;

import dev.vap.shared.domain.AddressRules;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Settings that have a form of their own; each throws an IllegalArgumentException that says what is expected. */
final class SettingForms {

    private SettingForms() {}

    static List<String> origins(String text) {
        String wanted = "origins with commas between, such as https://vms.example.org or http://localhost:3000, or *";
        List<String> origins = Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(origin -> !origin.isEmpty())
                .toList();
        for (String origin : origins) {
            if (!origin.equals("*") && !origin.matches("https?://[a-zA-Z0-9.\\-\\[\\]:]+")) {
                throw new IllegalArgumentException(wanted);
            }
        }
        return origins;
    }

    static Boolean bool(String text) {
        return Parsers.oneOf("true", "false")
                .apply(text.toLowerCase(Locale.ROOT))
                .equals("true");
    }

    static String notBlank(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("not empty");
        }
        return text;
    }

    static String databaseUrl(String text) {
        String wanted = "a URL such as postgresql://user:password@host:5432/vap";
        try {
            URI uri = new URI(text);
            boolean scheme = "postgresql".equals(uri.getScheme()) || "postgres".equals(uri.getScheme());
            if (!scheme
                    || uri.getHost() == null
                    || uri.getPath() == null
                    || uri.getPath().length() < 2) {
                throw new IllegalArgumentException(wanted);
            }
            return text;
        } catch (URISyntaxException e) {
            // The URI's own message would repeat the password.
            throw new IllegalArgumentException(wanted);
        }
    }

    static AddressRules addresses(String text) {
        try {
            return AddressRules.allowing(Parsers.list(text));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("a list of addresses and networks such as 169.254.10.0/24", e);
        }
    }

    static Set<SourceUrl.Scheme> schemes(String text) {
        Set<SourceUrl.Scheme> schemes = EnumSet.noneOf(SourceUrl.Scheme.class);
        for (String name : Parsers.list(text)) {
            schemes.add(SourceUrl.Scheme.fromWire(name.toLowerCase(Locale.ROOT))
                    .orElseThrow(() -> new IllegalArgumentException("a list of "
                            + Arrays.stream(SourceUrl.Scheme.values())
                                    .map(SourceUrl.Scheme::wire)
                                    .collect(Collectors.joining(", ")))));
        }
        if (schemes.isEmpty()) {
            throw new IllegalArgumentException("a list of at least one kind of source");
        }
        return Collections.unmodifiableSet(schemes);
    }

    static Map<SourceFault, Integer> giveUp(String text) {
        Map<SourceFault, Integer> attempts = new EnumMap<>(SourceFault.class);
        for (String entry : Parsers.list(text)) {
            int equals = entry.indexOf('=');
            Optional<SourceFault> fault = equals < 0
                    ? Optional.empty()
                    : SourceFault.fromWire(entry.substring(0, equals)).filter(f -> f != SourceFault.INTERRUPTED);
            String count = entry.substring(equals + 1);
            if (fault.isEmpty() || !count.matches("\\d{1,6}") || Integer.parseInt(count) < 1) {
                throw new IllegalArgumentException("a list such as not_found=20,unauthorized=10 of faults ("
                        + Arrays.stream(SourceFault.values())
                                .filter(f -> f != SourceFault.INTERRUPTED)
                                .map(SourceFault::wire)
                                .collect(Collectors.joining(", "))
                        + ") and attempts of at least 1");
            }
            attempts.put(fault.get(), Integer.parseInt(count));
        }
        return Collections.unmodifiableMap(attempts);
    }

    static List<String> brokers(String text) {
        List<String> brokers = Parsers.list(text);
        if (brokers.isEmpty() || !brokers.stream().allMatch(b -> b.matches("\\S+:\\d{1,5}"))) {
            throw new IllegalArgumentException("a list such as host1:9092,host2:9092");
        }
        return brokers;
    }
}
