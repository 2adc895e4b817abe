package dev.vap.runner.onvif;

import dev.vap.shared.domain.SourceUrl;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;

/** The login of a SOAP message: WS-UsernameToken with a digest of the password. */
final class WsToken {
    private static final String OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-";
    private static final DateTimeFormatter CREATED = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private WsToken() {}

    /**
     * @param nonce 16 random bytes, another 16 for each message
     * @param created by the device's clock
     */
    static String header(SourceUrl.Credentials credentials, byte[] nonce, Instant created) {
        String at = CREATED.format(created);
        return "<wsse:Security xmlns:wsse=\"" + OASIS + "wssecurity-secext-1.0.xsd\" xmlns:wsu=\"" + OASIS
                + "wssecurity-utility-1.0.xsd\"><wsse:UsernameToken><wsse:Username>" + Xml.escape(credentials.user())
                + "</wsse:Username><wsse:Password Type=\"" + OASIS + "username-token-profile-1.0#PasswordDigest\">"
                + digest(nonce, at, credentials.password()) + "</wsse:Password><wsse:Nonce EncodingType=\"" + OASIS
                + "soap-message-security-1.0#Base64Binary\">"
                + Base64.getEncoder().encodeToString(nonce) + "</wsse:Nonce><wsu:Created>" + at
                + "</wsu:Created></wsse:UsernameToken></wsse:Security>";
    }

    static String digest(byte[] nonce, String created, String password) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-1");
            sha.update(nonce);
            sha.update(created.getBytes(StandardCharsets.UTF_8));
            sha.update(password.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(sha.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }
}
