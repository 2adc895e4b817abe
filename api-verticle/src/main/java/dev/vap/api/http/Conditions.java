package dev.vap.api.http;

import dev.vap.shared.storage.Precondition;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The head {@code If-Match}. */
final class Conditions {

    private static final Pattern TAG = Pattern.compile("\"(\\d{1,18})\"");

    private Conditions() {}

    /**
     * @param ifMatch as the contract allows it; null if there is none
     */
    static Precondition of(String ifMatch) {
        if (ifMatch == null || ifMatch.equals("*")) {
            return Precondition.NONE;
        }
        Set<Long> versions = new HashSet<>();
        for (Matcher m = TAG.matcher(ifMatch); m.find(); ) {
            versions.add(Long.parseLong(m.group(1)));
        }
        return Precondition.of(versions);
    }
}
