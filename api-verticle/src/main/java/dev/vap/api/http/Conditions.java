package dev.vap.api.http;

import dev.vap.shared.storage.Precondition;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The heads {@code If-Match} and {@code If-None-Match}. */
final class Conditions {

    private static final Pattern TAG = Pattern.compile("(W/)?\"([^\"]*)\"");
    private static final Pattern VERSION = Pattern.compile("[1-9][0-9]{0,17}");

    private Conditions() {}

    /**
     * A weak tag never matches here, nor does one that is none of ours.
     *
     * @param ifMatch as the contract allows it; null if there is none
     */
    static Precondition of(String ifMatch) {
        if (ifMatch == null || ifMatch.equals("*")) {
            return Precondition.NONE;
        }
        return Precondition.of(versions(ifMatch, false));
    }

    /**
     * Whether a client has this version of a scenario already.
     *
     * @param ifNoneMatch as the contract allows it; null if there is none
     */
    static boolean isKnown(String ifNoneMatch, long version) {
        return ifNoneMatch != null
                && (ifNoneMatch.equals("*") || versions(ifNoneMatch, true).contains(version));
    }

    private static Set<Long> versions(String tags, boolean weak) {
        Set<Long> versions = new HashSet<>();
        for (Matcher m = TAG.matcher(tags); m.find(); ) {
            if ((weak || m.group(1) == null) && VERSION.matcher(m.group(2)).matches()) {
                versions.add(Long.parseLong(m.group(2)));
            }
        }
        return versions;
    }
}
