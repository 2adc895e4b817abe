package dev.vap.runner.onvif;

import dev.vap.runner.decode.MediaException;
import dev.vap.runner.net.HttpSession;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.domain.VapException;
import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import org.w3c.dom.Element;
import org.xml.sax.SAXException;

/** SOAP requests to one device, all within one deadline. Confined to one thread. */
final class Soap {
    static final String DEVICE = "http://www.onvif.org/ver10/device/wsdl";

    private static final String TYPE = "application/soap+xml; charset=utf-8";
    private static final String ENVELOPE = "http://www.w3.org/2003/05/soap-envelope";
    private static final int MAX_ANSWER = 1 << 20;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final DeviceUrl device;
    private final HttpSession session;
    private final InstantSource clock;
    private final long deadlineNanos;
    /** Null if there are none. */
    private final SourceUrl.Credentials credentials;

    /** How far the device's clock is ahead of ours; it refuses logins that are too old by its own. */
    private Duration ahead = Duration.ZERO;

    Soap(DeviceUrl device, HttpSession session, InstantSource clock, long deadlineNanos) {
        this.device = device;
        this.session = session;
        this.clock = clock;
        this.deadlineNanos = deadlineNanos;
        this.credentials = device.source().credentials();
    }

    /**
     * Asks what time it is there: the one request that needs no login, so what does not answer it is no ONVIF device. One that
     * refuses, or whose answer is no time, is taken to have ours.
     */
    void synchronize() {
        Instant before = clock.instant();
        Element answer;
        try {
            answer = send(device.path(), request(DEVICE, "GetSystemDateAndTime", ""), false);
        } catch (SoapFault e) {
            return;
        }
        Instant middle = before.plus(Duration.between(before, clock.instant()).dividedBy(2));
        Element utc = Xml.find(answer, "SystemDateAndTime", "UTCDateTime");
        Element date = Xml.find(utc, "Date");
        Element time = Xml.find(utc, "Time");
        if (date == null || time == null) {
            return;
        }
        try {
            Instant there = LocalDateTime.of(
                            Xml.number(date, "Year"),
                            Xml.number(date, "Month"),
                            Xml.number(date, "Day"),
                            Xml.number(time, "Hour"),
                            Xml.number(time, "Minute"),
                            Math.min(59, Xml.number(time, "Second")))
                    .toInstant(ZoneOffset.UTC);
            ahead = Duration.between(middle, there);
        } catch (DateTimeException e) {
            // No time.
        }
    }

    /**
     * Asks with the user's login.
     *
     * @param namespace of the operation
     * @param content of its element, escaped
     * @return the element that answers it
     * @throws SoapFault if the device refuses for another reason than the login
     * @throws MediaException for everything else
     */
    Element call(String path, String namespace, String operation, String content) {
        try {
            return send(path, request(namespace, operation, content), true);
        } catch (SoapFault e) {
            if (e.isUnauthorized()) {
                throw unauthorized();
            }
            throw e;
        }
    }

    private static String request(String namespace, String operation, String content) {
        return "<" + operation + " xmlns=\"" + namespace + "\" xmlns:tt=\"http://www.onvif.org/ver10/schema\">"
                + content + "</" + operation + ">";
    }

    private Element send(String path, String body, boolean login) {
        String header = "";
        if (login && credentials != null) {
            byte[] nonce = new byte[16];
            RANDOM.nextBytes(nonce);
            header = "<s:Header>"
                    + WsToken.header(credentials, nonce, clock.instant().plus(ahead)) + "</s:Header>";
        }
        String envelope = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"" + ENVELOPE + "\">" + header
                + "<s:Body>" + body + "</s:Body></s:Envelope>";
        HttpSession.Reply reply = session.post(service(path), TYPE, envelope, MAX_ANSWER, deadlineNanos);
        if (reply.status() == 401) {
            throw unauthorized();
        }
        Element answer = parsed(reply);
        if (answer.getLocalName().equals("Fault")) {
            throw SoapFault.of(answer);
        }
        return answer;
    }

    private SourceUrl service(String path) {
        try {
            return device.service(path);
        } catch (VapException e) {
            throw new MediaException(
                    SourceFault.IO, device.shown() + " names an address of a service that can't be used.", e);
        }
    }

    /** What the body of the answer's envelope holds. */
    private Element parsed(HttpSession.Reply reply) {
        Element content = null;
        SAXException cause = null;
        try {
            Element envelope = Xml.parse(reply.body());
            Element body = envelope.getLocalName().equals("Envelope") ? Xml.find(envelope, "Body") : null;
            content = body == null ? null : Xml.firstChild(body);
        } catch (SAXException e) {
            cause = e;
        }
        if (content != null) {
            return content;
        }
        int status = reply.status();
        if (status == 403) {
            throw new MediaException(
                    SourceFault.UNAUTHORIZED,
                    device.shown() + " forbids access (403): check the user's rights.",
                    cause);
        }
        if (status == 408 || status == 429 || status >= 500) {
            throw new MediaException(
                    SourceFault.IO,
                    device.shown() + " answered " + status + " instead of ONVIF: try again later.",
                    cause);
        }
        String what = status < 300 ? "something else" : String.valueOf(status);
        throw new MediaException(
                SourceFault.NOT_A_VIDEO,
                device.shown() + " is no ONVIF device, or not under this port and path: it answered " + what
                        + ". Check that ONVIF is switched on, and the URL.",
                cause);
    }

    private MediaException unauthorized() {
        return new MediaException(
                SourceFault.UNAUTHORIZED,
                credentials == null
                        ? device.shown() + " asks for a login: put user name and password into the URL, as in"
                                + " onvif://user:password@host."
                        : device.shown() + " refused the user name or the password: check them in the URL, and that the"
                                + " user may use ONVIF.");
    }
}
