package dev.vap.runner.net;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One way to log in that a server offers.
 *
 * @param scheme in small letters
 * @param parameters their names in small letters, values without quotes
 */
record HttpChallenge(String scheme, Map<String, String> parameters) {
    private static final int MAX_LENGTH = 4096;
    private static final int MAX_CHALLENGES = 16;

    private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]++";
    private static final Pattern GAP = Pattern.compile("[\\s,]*+");
    private static final Pattern PARAMETER =
            Pattern.compile("(" + TOKEN + ")\\s*+=\\s*+(?:\"((?:[^\"\\\\]|\\\\.)*+)\"|([^\\s,\"]*+))");
    private static final Pattern SCHEME = Pattern.compile(TOKEN);

    HttpChallenge {
        parameters = Map.copyOf(parameters);
    }

    Optional<String> parameter(String name) {
        return Optional.ofNullable(parameters.get(name));
    }

    /** What can be read of the values of {@code WWW-Authenticate}, each of which may hold several challenges. */
    static List<HttpChallenge> parse(List<String> values) {
        List<HttpChallenge> challenges = new ArrayList<>();
        for (String value : values) {
            parse(value.length() > MAX_LENGTH ? value.substring(0, MAX_LENGTH) : value, challenges);
        }
        return challenges;
    }

    private static void parse(String value, List<HttpChallenge> challenges) {
        String scheme = null;
        Map<String, String> parameters = new HashMap<>();
        Matcher m = GAP.matcher(value);
        int at = 0;
        while (true) {
            m.usePattern(GAP).region(at, value.length()).lookingAt();
            at = m.end();
            boolean parameter =
                    m.usePattern(PARAMETER).region(at, value.length()).lookingAt();
            if (!parameter && !m.usePattern(SCHEME).region(at, value.length()).lookingAt()) {
                break;
            }
            at = m.end();
            if (!parameter) {
                add(challenges, scheme, parameters);
                scheme = m.group().toLowerCase(Locale.ROOT);
                parameters = new HashMap<>();
            } else if (scheme != null) {
                String text = m.group(2) != null ? m.group(2).replaceAll("\\\\(.)", "$1") : m.group(3);
                parameters.putIfAbsent(m.group(1).toLowerCase(Locale.ROOT), text);
            }
        }
        add(challenges, scheme, parameters);
    }

    private static void add(List<HttpChallenge> challenges, String scheme, Map<String, String> parameters) {
        if (scheme != null && challenges.size() < MAX_CHALLENGES) {
            challenges.add(new HttpChallenge(scheme, parameters));
        }
    }
}
