package dev.vap.runner.onvif;

import dev.vap.runner.net.DigestServer;
import dev.vap.runner.net.TinyHttp;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An ONVIF device on loopback with user {@code admin}, password {@code p&ss wörd}, and whatever is wrong with it. */
final class OnvifDevice implements AutoCloseable {
    static final String PASSWORD = "p&ss w\u00f6rd";

    private static final String DEVICE = "http://www.onvif.org/ver10/device/wsdl";
    private static final String MEDIA = "http://www.onvif.org/ver10/media/wsdl";
    private static final String MEDIA2 = "http://www.onvif.org/ver20/media/wsdl";
    private static final String SOAP_12 = "http://www.w3.org/2003/05/soap-envelope";
    private static final String SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/";
    private static final Duration MAX_SKEW = Duration.ofSeconds(60);

    /** What can be wrong. */
    enum Quirk {
        SLOW_CLOCK,
        NO_CLOCK,
        WRONG_XADDR,
        HANG,
        CUT,
        HUGE,
        GARBAGE,
        WEB_PAGE,
        NOT_FOUND,
        HTTP_500,
        SOAP_11,
        NO_SERVICES,
        NO_MEDIA,
        NO_MEDIA2,
        MEDIA2_FAILS,
        MEDIA2_KNOWS_NO_STREAM,
        CREDS_IN_URI,
        EVIL_URI,
        XXE,
        BOMB,
        DEEP,
        EMPTY,
        ODD_CODEC,
        HTTP_DIGEST_ONLY,
        NO_LOGIN,
        REFUSES
    }

    private final EnumSet<Quirk> quirks = EnumSet.noneOf(Quirk.class);
    private final List<String> operations = new CopyOnWriteArrayList<>();
    private final Set<String> nonces = ConcurrentHashMap.newKeySet();
    private final DigestServer digest = new DigestServer("admin", PASSWORD, "MD5", "auth");
    private final CountDownLatch over = new CountDownLatch(1);
    private final TinyHttp server;

    /** token, name, encoding, width, height. */
    private List<String> profiles = List.of("main,Main stream,H264,1920,1080", "sub,Sub stream,H264,640,360");

    private String streamUri = "rtsp://10.66.66.66:8554/%s?a=1&b=2";

    OnvifDevice(Quirk... quirks) throws IOException {
        this.quirks.addAll(List.of(quirks));
        server = new TinyHttp(this::answer);
    }

    OnvifDevice offering(String... lines) {
        profiles = List.of(lines);
        return this;
    }

    OnvifDevice streamingAt(String uri) {
        streamUri = uri;
        return this;
    }

    int port() {
        return server.port();
    }

    String url() {
        return "onvif://admin:p%26ss%20w%C3%B6rd@127.0.0.1:" + port();
    }

    int requests() {
        return server.requests().size();
    }

    /** Operations that were answered, with their service, and logins that were refused. */
    List<String> operations() {
        return operations;
    }

    private void answer(TinyHttp.Request request, OutputStream out) throws Exception {
        if (spoiled(request, out)) {
            return;
        }
        String body = request.body();
        String operation = group("<s:Body><(\\w+) ", body);
        String service = service(group("<s:Body><\\w+ xmlns=\"([^\"]+)\"", body));
        boolean open = operation.equals("GetSystemDateAndTime");
        if (!open && has(Quirk.HTTP_DIGEST_ONLY)) {
            if (!digest.admits(request)) {
                operations.add("401");
                TinyHttp.send(out, "401 Unauthorized", digest.challenge(), "");
                return;
            }
        } else if (!open && !has(Quirk.NO_LOGIN)) {
            String refusal = refusal(body);
            if (refusal != null) {
                operations.add("refused: " + refusal);
                fault(out, "400 Bad Request", "ter:NotAuthorized", "Sender not authorized");
                return;
            }
        }
        String answer = answer(service, operation, body);
        operations.add(service + "." + operation);
        if (answer == null) {
            fault(out, "500 Error", "ter:ActionNotSupported", "no\u202e\n" + operation + " at http://u:s3cret@x/");
        } else {
            String prefix = "<t:" + operation + "Response xmlns:t=\"x\" xmlns:tt=\"y\">";
            send(out, "200 OK", prefix + answer + "</t:" + operation + "Response>");
        }
    }

    private boolean has(Quirk quirk) {
        return quirks.contains(quirk);
    }

    private boolean spoiled(TinyHttp.Request request, OutputStream out) throws Exception {
        if (has(Quirk.HANG)) {
            over.await();
        } else if (has(Quirk.CUT)) {
            out.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<s:Envelope".getBytes(StandardCharsets.UTF_8));
            throw new IOException("cut");
        } else if (has(Quirk.HUGE)) {
            TinyHttp.send(out, "200 OK", "", "<a>" + "x".repeat(2 << 20) + "</a>");
        } else if (has(Quirk.GARBAGE)) {
            TinyHttp.send(out, "200 OK", "", new byte[] {0, 1, 2, (byte) 200});
        } else if (has(Quirk.WEB_PAGE)) {
            TinyHttp.send(out, "200 OK", "Content-Type: text/html\r\n", "<html><body>Hello</body></html>");
        } else if (has(Quirk.NOT_FOUND)
                || !(request.method().equals("POST") && request.target().startsWith("/onvif/"))) {
            TinyHttp.send(out, "404 Not Found", "", "no");
        } else if (has(Quirk.HTTP_500)) {
            TinyHttp.send(out, "500 Internal", "", "<html><h1>Internal Error</h1></html>");
        } else {
            return false;
        }
        return true;
    }

    private static String group(String pattern, String text) {
        Matcher m = Pattern.compile(pattern).matcher(text);
        return m.find() ? m.group(1) : "";
    }

    private static String service(String namespace) {
        return switch (namespace) {
            case DEVICE -> "device";
            case MEDIA -> "media";
            case MEDIA2 -> "media2";
            default -> "unknown";
        };
    }

    /** Why the token is no login; null if it is one. */
    private String refusal(String body) throws Exception {
        String nonce = group("<wsse:Nonce[^>]*>([^<]+)<", body);
        String created = group("<wsu:Created>([^<]+)<", body);
        if (!group("<wsse:Username>([^<]+)<", body).equals("admin")) {
            return "user";
        }
        MessageDigest sha = MessageDigest.getInstance("SHA-1");
        byte[] bytes = Base64.getDecoder().decode(nonce);
        sha.update(bytes);
        sha.update(created.getBytes(StandardCharsets.UTF_8));
        sha.update(PASSWORD.getBytes(StandardCharsets.UTF_8));
        if (!Base64.getEncoder().encodeToString(sha.digest()).equals(group("#PasswordDigest\">([^<]+)<", body))) {
            return "digest";
        }
        if (Duration.between(Instant.parse(created), now()).abs().compareTo(MAX_SKEW) > 0) {
            return "clock";
        }
        return bytes.length == 16 && nonces.add(nonce) ? null : "nonce";
    }

    private Instant now() {
        return Instant.now().minus(has(Quirk.SLOW_CLOCK) ? Duration.ofHours(1) : Duration.ZERO);
    }

    private String answer(String service, String operation, String body) {
        if (has(Quirk.REFUSES) && !operation.equals("GetSystemDateAndTime")) {
            return null;
        }
        String host = has(Quirk.WRONG_XADDR) ? "http://10.66.66.66:99" : "http://127.0.0.1:" + port();
        return switch (service + "." + operation) {
            case "device.GetSystemDateAndTime" -> has(Quirk.NO_CLOCK) ? null : time();
            case "device.GetServices" ->
                has(Quirk.NO_SERVICES)
                        ? null
                        : "<t:Service><t:Namespace>" + DEVICE + "</t:Namespace><t:XAddr>" + host
                                + "/onvif/device_service"
                                + "</t:XAddr></t:Service>"
                                + (has(Quirk.NO_MEDIA) ? "" : offered(MEDIA, host + "/onvif/media"))
                                + (has(Quirk.NO_MEDIA) || has(Quirk.NO_MEDIA2)
                                        ? ""
                                        : offered(MEDIA2, host + "/onvif/media2?x=1"));
            case "device.GetCapabilities" ->
                "<t:Capabilities><tt:Device/>"
                        + (has(Quirk.NO_MEDIA)
                                ? ""
                                : "<tt:Media><tt:XAddr>" + host + "/onvif/media</tt:XAddr></tt:Media>")
                        + "</t:Capabilities>";
            case "media.GetProfiles" -> profiles("<tt:VideoEncoderConfiguration>%s</tt:VideoEncoderConfiguration>");
            case "media2.GetProfiles" ->
                has(Quirk.MEDIA2_FAILS)
                        ? null
                        : profiles("<t:Configurations><t:VideoEncoder>%s</t:VideoEncoder></t:Configurations>");
            case "media.GetStreamUri" ->
                body.contains("<tt:Protocol>RTSP</tt:Protocol>")
                        ? "<t:MediaUri><tt:Uri>" + uri(body) + "</tt:Uri></t:MediaUri>"
                        : null;
            case "media2.GetStreamUri" -> has(Quirk.MEDIA2_KNOWS_NO_STREAM) ? null : "<t:Uri>" + uri(body) + "</t:Uri>";
            default -> null;
        };
    }

    private String time() {
        ZonedDateTime t = now().atZone(ZoneOffset.UTC);
        return "<t:SystemDateAndTime><tt:UTCDateTime><tt:Time><tt:Hour>" + t.getHour() + "</tt:Hour><tt:Minute>"
                + t.getMinute() + "</tt:Minute><tt:Second>" + t.getSecond() + "</tt:Second></tt:Time><tt:Date><tt:Year>"
                + t.getYear() + "</tt:Year><tt:Month>" + t.getMonthValue() + "</tt:Month><tt:Day>" + t.getDayOfMonth()
                + "</tt:Day></tt:Date></tt:UTCDateTime></t:SystemDateAndTime>";
    }

    private static String offered(String namespace, String address) {
        return "<t:Service><t:Namespace>" + namespace + "</t:Namespace><t:XAddr>" + address + "</t:XAddr></t:Service>";
    }

    private String profiles(String encoder) {
        List<String> elements = new ArrayList<>();
        for (String line : has(Quirk.EMPTY) ? List.<String>of() : profiles) {
            String[] p = line.split(",", -1);
            String encoding = has(Quirk.ODD_CODEC) ? "MPV4-ES" : p[2];
            elements.add("<t:Profiles token=\"" + p[0] + "\"><tt:Name>" + p[1] + "</tt:Name>"
                    + encoder.formatted("<tt:Encoding>" + encoding + "</tt:Encoding><tt:Resolution><tt:Width>" + p[3]
                            + "</tt:Width><tt:Height>" + p[4] + "</tt:Height></tt:Resolution>")
                    + "</t:Profiles>");
        }
        return String.join("\n", elements);
    }

    private String uri(String body) {
        String token = group("<ProfileToken>([^<]+)<", body);
        String uri = has(Quirk.EVIL_URI)
                ? "file:///etc/hostname"
                : streamUri.formatted(token).replace("&", "&amp;");
        return has(Quirk.CREDS_IN_URI) ? uri.replace("://", "://admin:s3cret@") : uri;
    }

    private void fault(OutputStream out, String status, String code, String reason) throws IOException {
        String fault = has(Quirk.SOAP_11)
                ? "<s:Fault><faultcode>s:Client</faultcode><faultstring>" + reason + "</faultstring></s:Fault>"
                : "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>" + code
                        + "</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang=\"en\">" + reason
                        + "</s:Text></s:Reason></s:Fault>";
        send(out, status, fault);
    }

    private void send(OutputStream out, String status, String content) throws IOException {
        String start = "";
        String inner = content;
        if (has(Quirk.XXE)) {
            start = "<!DOCTYPE x [<!ENTITY leak SYSTEM \"file:///etc/hostname\">]>";
            inner = content.replace("<tt:Name>", "<tt:Name>&leak;").replace("<tt:Hour>", "<tt:Hour>&leak;");
        } else if (has(Quirk.BOMB)) {
            StringBuilder entities = new StringBuilder("<!ENTITY e0 \"lol\">");
            for (int i = 1; i < 10; i++) {
                entities.append("<!ENTITY e" + i + " \"" + ("&e" + (i - 1) + ";").repeat(10) + "\">");
            }
            start = "<!DOCTYPE x [" + entities + "]>";
            inner = content.replace("<tt:Hour>", "<tt:Hour>&e9;");
        } else if (has(Quirk.DEEP)) {
            inner = "<a>".repeat(100_000) + "</a>".repeat(100_000);
        }
        TinyHttp.send(
                out,
                status,
                "Content-Type: application/soap+xml\r\n",
                "<?xml version=\"1.0\"?>" + start + "<s:Envelope xmlns:s=\""
                        + (has(Quirk.SOAP_11) ? SOAP_11 : SOAP_12) + "\"><s:Body>" + inner
                        + "</s:Body></s:Envelope>");
    }

    @Override
    public void close() throws IOException {
        over.countDown();
        server.close();
    }
}
