package dev.vap.runner.net;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The server's side of HTTP Digest, written from RFC 7616 without a look at the client's. Thread-safe. */
public final class DigestServer {
    private static final Pattern FIELD = Pattern.compile("(\\w+)=(?:\"([^\"]*)\"|([^,\\s]+))");

    private final String user;
    private final String password;
    private final String algorithm;
    private final String qop;
    private volatile String nonce = UUID.randomUUID().toString();

    /**
     * @param algorithm as it is written in the challenge; "none" to name none
     * @param qop "none" to name none
     */
    public DigestServer(String user, String password, String algorithm, String qop) {
        this.user = user;
        this.password = password;
        this.algorithm = algorithm;
        this.qop = qop;
    }

    /** A whole header line. */
    public String challenge() {
        return "WWW-Authenticate: Digest realm=\"a camera\", nonce=\"" + nonce + "\", opaque=\"o=,\""
                + (algorithm.equals("none") ? "" : ", algorithm=" + algorithm)
                + (qop.equals("none") ? "" : ", qop=\"" + qop + "\"")
                + "\r\n";
    }

    String newChallenge() {
        nonce = UUID.randomUUID().toString();
        return challenge();
    }

    public boolean admits(TinyHttp.Request request) {
        String header = request.header("Authorization");
        if (header == null || !header.startsWith("Digest ")) {
            return false;
        }
        Map<String, String> f = new HashMap<>();
        Matcher m = FIELD.matcher(header);
        while (m.find()) {
            f.put(m.group(1), m.group(2) != null ? m.group(2) : m.group(3));
        }
        if (!user.equals(f.get("username"))
                || !nonce.equals(f.get("nonce"))
                || !request.target().equals(f.get("uri"))
                || !"o=,".equals(f.get("opaque"))
                || !(algorithm.equals("none") ? null == f.get("algorithm") : algorithm.equals(f.get("algorithm")))) {
            return false;
        }
        String ha1 = hash(user + ":a camera:" + password);
        if (algorithm.endsWith("-sess")) {
            ha1 = hash(ha1 + ":" + nonce + ":" + f.get("cnonce"));
        }
        String ha2 = hash(request.method() + ":" + request.target());
        String middle = qop.equals("none") ? "" : f.get("nc") + ":" + f.get("cnonce") + ":" + f.get("qop") + ":";
        return hash(ha1 + ":" + nonce + ":" + middle + ha2).equals(f.get("response"));
    }

    private String hash(String text) {
        String name = algorithm.toUpperCase(Locale.ROOT).startsWith("SHA-256") ? "SHA-256" : "MD5";
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance(name).digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
