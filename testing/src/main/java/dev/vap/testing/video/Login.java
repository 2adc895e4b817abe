package dev.vap.testing.video;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who may watch, and how they have to say so: Basic (RFC 7617) or Digest with MD5 (RFC 2069, and RFC 7616 with {@code
 * qop}). Immutable; it checks strictly, for the client is what is being tested.
 *
 * @param algorithm as spelled in the challenge; empty to leave it out
 */
public record Login(Scheme scheme, String user, String password, String algorithm) {
    public static final Login NONE = new Login(Scheme.NONE, "", "", "");

    private static final String REALM = "test camera";
    private static final String NONCE = "8b1d3c0fa7e24c66b2a45cf0de1a9b37";
    private static final Pattern PARAMETER = Pattern.compile("(\\w+)\\s*=\\s*(?:\"([^\"]*)\"|([^\\s,]+))");

    /** What the server asks for. */
    public enum Scheme {
        NONE,
        BASIC,
        /** Without {@code qop}, as older cameras do. */
        DIGEST,
        /** With {@code qop="auth"}. */
        DIGEST_QOP,
        /** Either, Basic first in the answer. */
        BASIC_OR_DIGEST
    }

    public static Login basic(String user, String password) {
        return new Login(Scheme.BASIC, user, password, "");
    }

    public static Login digest(String user, String password) {
        return new Login(Scheme.DIGEST, user, password, "MD5");
    }

    public static Login digestQop(String user, String password) {
        return new Login(Scheme.DIGEST_QOP, user, password, "MD5");
    }

    /** Such as {@code md5}, as motion has it. */
    public Login spelled(String algorithmName) {
        return new Login(scheme, user, password, algorithmName);
    }

    /** Values of {@code WWW-Authenticate}, one a header line. */
    List<String> challenges() {
        String basic = "Basic realm=\"" + REALM + "\"";
        String digest = "Digest realm=\"" + REALM + "\", nonce=\"" + NONCE + "\""
                + (algorithm.isEmpty() ? "" : ", algorithm=" + algorithm);
        return switch (scheme) {
            case NONE -> List.of();
            case BASIC -> List.of(basic);
            case DIGEST -> List.of(digest);
            case DIGEST_QOP -> List.of(digest + ", qop=\"auth\"");
            case BASIC_OR_DIGEST -> List.of(basic, digest);
        };
    }

    /**
     * @param uri as in the request line
     * @param header of {@code Authorization}; null if there is none
     */
    boolean allows(String method, String uri, String header) {
        if (scheme == Scheme.NONE) {
            return true;
        }
        if (header == null) {
            return false;
        }
        boolean basic = header.regionMatches(true, 0, "Basic ", 0, 6);
        boolean digest = header.regionMatches(true, 0, "Digest ", 0, 7);
        return switch (scheme) {
            case NONE -> true;
            case BASIC -> basic && basicMatches(header);
            case DIGEST, DIGEST_QOP -> digest && digestMatches(method, uri, header);
            case BASIC_OR_DIGEST -> (basic && basicMatches(header)) || (digest && digestMatches(method, uri, header));
        };
    }

    private boolean basicMatches(String header) {
        String expected = Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
        return header.substring(6).trim().equals(expected);
    }

    private boolean digestMatches(String method, String uri, String header) {
        Map<String, String> given = new HashMap<>();
        Matcher m = PARAMETER.matcher(header.substring(7));
        while (m.find()) {
            given.put(m.group(1).toLowerCase(Locale.ROOT), m.group(2) != null ? m.group(2) : m.group(3));
        }
        boolean same = user.equals(given.get("username"))
                && REALM.equals(given.get("realm"))
                && NONCE.equals(given.get("nonce"))
                && uri.equals(given.get("uri"));
        if (!same || !given.getOrDefault("algorithm", "MD5").equalsIgnoreCase("MD5")) {
            return false;
        }
        String secret = md5(user + ":" + REALM + ":" + password);
        String request = md5(method + ":" + uri);
        String middle = NONCE;
        if (scheme == Scheme.DIGEST_QOP) {
            if (!"auth".equals(given.get("qop")) || given.get("cnonce") == null || given.get("nc") == null) {
                return false;
            }
            middle += ":" + given.get("nc") + ":" + given.get("cnonce") + ":auth";
        } else if (given.containsKey("qop")) {
            return false;
        }
        return md5(secret + ":" + middle + ":" + request).equals(given.get("response"));
    }

    static String md5(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String toString() {
        return "Login[" + scheme + ", " + user + ", ***]";
    }
}
