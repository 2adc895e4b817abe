package dev.vap.runner.net;

import dev.vap.shared.domain.SourceUrl;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Answers the login challenges of one HTTP server with one user's credentials: Basic (RFC 7617) and Digest (RFC 7616 and
 * 2617: MD5 and SHA-256, also {@code -sess}, with quality of protection {@code auth} or none). Never answers more often
 * than credentials that are right need, since cameras lock accounts. Confined to one thread at a time.
 */
public final class HttpAuth {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final SourceUrl.Credentials credentials;
    private final Supplier<String> clientNonces;

    private Method method;
    private int nonceCount;
    private boolean answered;
    private boolean renewed;

    public HttpAuth(SourceUrl.Credentials credentials) {
        this(credentials, HttpAuth::randomNonce);
    }

    HttpAuth(SourceUrl.Credentials credentials, Supplier<String> clientNonces) {
        this.credentials = credentials;
        this.clientNonces = clientNonces;
    }

    /** To be called before each request, not before its repetitions. */
    public void begin() {
        answered = false;
        renewed = false;
    }

    /**
     * Takes what a server asks for with status 401.
     *
     * @param challenges the values of all {@code WWW-Authenticate} headers
     * @return whether to ask again with {@link #header}; false if the credentials were refused or the server wants a login
     *     that is not known here
     */
    public boolean accept(List<String> challenges) {
        Optional<Method> wanted = strongest(challenges);
        if (wanted.isEmpty()) {
            return false;
        }
        // An outdated nonce says that the answer to it was right.
        boolean outdated = answered && !renewed && wanted.get().stale();
        if (answered && !outdated) {
            return false;
        }
        renewed |= outdated;
        answered = true;
        method = wanted.get();
        nonceCount = 0;
        return true;
    }

    /**
     * @param target of the request, as in its first line
     * @return value of the header {@code Authorization}; empty before the first challenge
     */
    public Optional<String> header(String httpMethod, String target) {
        if (method == null) {
            return Optional.empty();
        }
        return Optional.of(method.challenge().scheme().equals("basic") ? basic() : digest(httpMethod, target));
    }

    private String basic() {
        String pair = credentials.user() + ":" + credentials.password();
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    private String digest(String httpMethod, String target) {
        HttpChallenge challenge = method.challenge();
        String realm = challenge.parameter("realm").orElse("");
        String nonce = challenge.parameter("nonce").orElse("");
        String clientNonce = clientNonces.get();
        String count = String.format(Locale.ROOT, "%08x", ++nonceCount);
        String secret = method.hash(credentials.user() + ":" + realm + ":" + credentials.password());
        if (method.session()) {
            secret = method.hash(secret + ":" + nonce + ":" + clientNonce);
        }
        String request = method.hash(httpMethod + ":" + target);
        String response = method.protection()
                ? method.hash(String.join(":", secret, nonce, count, clientNonce, "auth", request))
                : method.hash(String.join(":", secret, nonce, request));
        StringBuilder header = new StringBuilder("Digest ").append(userName());
        quoted(header, "realm", realm);
        quoted(header, "nonce", nonce);
        quoted(header, "uri", target);
        quoted(header, "response", response);
        // Written as the server wrote it: some compare it letter by letter.
        challenge.parameter("algorithm").ifPresent(a -> header.append(", algorithm=")
                .append(a));
        challenge.parameter("opaque").ifPresent(o -> quoted(header, "opaque", o));
        if (method.protection()) {
            header.append(", qop=auth, nc=").append(count);
        }
        if (method.protection() || method.session()) {
            quoted(header, "cnonce", clientNonce);
        }
        return header.toString();
    }

    /** Headers are ASCII; RFC 7616 has a form for other names. */
    private String userName() {
        String user = credentials.user();
        if (user.chars().allMatch(c -> c >= ' ' && c < 127)) {
            StringBuilder plain = new StringBuilder();
            quoted(plain, "username", user);
            return plain.substring(2);
        }
        return "username*=UTF-8''" + Percent.encode(user);
    }

    private static void quoted(StringBuilder header, String name, String value) {
        header.append(", ").append(name).append("=\"");
        header.append(value.replace("\\", "\\\\").replace("\"", "\\\"")).append('"');
    }

    private static Optional<Method> strongest(List<String> values) {
        List<Method> methods = HttpChallenge.parse(values).stream()
                .flatMap(challenge -> Method.of(challenge).stream())
                .toList();
        return methods.stream().max((a, b) -> Integer.compare(a.strength(), b.strength()));
    }

    private static String randomNonce() {
        byte[] bytes = new byte[16];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /**
     * A challenge that can be answered.
     *
     * @param algorithm Java's name of the hash; null for Basic
     * @param session whether the algorithm is a {@code -sess} one
     * @param protection whether {@code qop=auth} is offered
     */
    private record Method(HttpChallenge challenge, String algorithm, boolean session, boolean protection) {

        static Optional<Method> of(HttpChallenge challenge) {
            if (challenge.scheme().equals("basic")) {
                return Optional.of(new Method(challenge, null, false, false));
            }
            Optional<String> qop = challenge.parameter("qop").filter(q -> !q.isBlank());
            boolean offered = qop.isPresent()
                    && Arrays.stream(qop.get().split(","))
                            .anyMatch(q -> q.strip().equalsIgnoreCase("auth"));
            if (!challenge.scheme().equals("digest") || (qop.isPresent() && !offered)) {
                return Optional.empty();
            }
            String name = challenge.parameter("algorithm").orElse("MD5").toUpperCase(Locale.ROOT);
            boolean session = name.endsWith("-SESS");
            String hash = session ? name.substring(0, name.length() - 5) : name;
            return hash.equals("MD5") || hash.equals("SHA-256")
                    ? Optional.of(new Method(challenge, hash, session, offered))
                    : Optional.empty();
        }

        int strength() {
            return algorithm == null ? 0 : algorithm.equals("MD5") ? 1 : 2;
        }

        boolean stale() {
            return challenge.parameter("stale").orElse("").equalsIgnoreCase("true");
        }

        String hash(String text) {
            try {
                byte[] digest = MessageDigest.getInstance(algorithm).digest(text.getBytes(StandardCharsets.UTF_8));
                return HexFormat.of().formatHex(digest);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has " + algorithm, e);
            }
        }
    }
}
