package dev.vap.system;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.vap.testing.video.Login;
import dev.vap.testing.video.RtspServer;
import dev.vap.testing.video.TestStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/**
 * A camera on loopback: it answers searches by WS-Discovery, says by ONVIF where its video is, and sends it by RTSP to whoever
 * has the password. {@link #close()} frees its sockets and ends its threads.
 */
final class OnvifCamera implements AutoCloseable {

    private static final String GROUP = "239.255.255.250";
    private static final int DISCOVERY_PORT = 3702;
    private static final Pattern OPERATION = Pattern.compile("Body>\\s*<(\\w+)[ />]");

    private final String name;
    private final RtspServer video;
    private final HttpServer device;
    private final DatagramChannel discovery;

    private OnvifCamera(String name, RtspServer video, HttpServer device, DatagramChannel discovery) {
        this.name = name;
        this.video = video;
        this.device = device;
        this.discovery = discovery;
    }

    /** Skips the test where the system has no multicast on loopback. */
    static OnvifCamera start(String name, TestStream stream, String user, String password) throws IOException {
        InetAddress local = InetAddress.getLoopbackAddress();
        DatagramChannel discovery = DatagramChannel.open(StandardProtocolFamily.INET);
        discovery.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        try {
            // Bound to the group's address, joined on loopback: nothing else comes, and nothing from elsewhere.
            discovery.bind(new InetSocketAddress(InetAddress.getByName(GROUP), DISCOVERY_PORT));
            discovery.join(InetAddress.getByName(GROUP), NetworkInterface.getByInetAddress(local));
        } catch (IOException | RuntimeException e) {
            discovery.close();
            Assumptions.abort("this system has no multicast on loopback: " + e);
        }
        RtspServer video =
                RtspServer.of(stream).login(Login.digest(user, password)).start();
        HttpServer device = HttpServer.create(new InetSocketAddress(local, 0), 0);
        OnvifCamera camera = new OnvifCamera(name, video, device, discovery);
        device.createContext("/onvif/", camera::answer);
        device.start();
        Thread responder = new Thread(camera::respond, "onvif-discovery");
        responder.setDaemon(true);
        responder.start();
        return camera;
    }

    /** Who watches now. */
    int viewers() {
        return video.viewers().size();
    }

    private int port() {
        return device.getAddress().getPort();
    }

    private void respond() {
        ByteBuffer buffer = ByteBuffer.allocate(65_536);
        byte[] match = ("<s:Envelope xmlns:s=\"s\" xmlns:a=\"a\" xmlns:d=\"d\"><s:Body><d:ProbeMatches><d:ProbeMatch>"
                        + "<a:EndpointReference><a:Address>urn:uuid:" + name + "</a:Address></a:EndpointReference>"
                        + "<d:Types>dn:NetworkVideoTransmitter</d:Types>"
                        + "<d:Scopes>onvif://www.onvif.org/name/" + name + "</d:Scopes>"
                        + "<d:XAddrs>http://127.0.0.1:" + port() + "/onvif/device_service</d:XAddrs>"
                        + "</d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>")
                .getBytes(StandardCharsets.UTF_8);
        try (DatagramChannel out = DatagramChannel.open(StandardProtocolFamily.INET)) {
            out.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            while (true) {
                buffer.clear();
                SocketAddress from = discovery.receive(buffer);
                // Probes from elsewhere can't be told apart by the group: only those of this machine are answered.
                if (from instanceof InetSocketAddress sender
                        && sender.getAddress().isLoopbackAddress()) {
                    out.send(ByteBuffer.wrap(match), sender);
                }
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        String request = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Matcher operation = OPERATION.matcher(request);
        String content = operation.find() ? content(operation.group(1)) : null;
        String body = content == null
                ? "<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text>no</s:Text></s:Reason></s:Fault>"
                : "<t:" + operation.group(1) + "Response xmlns:t=\"t\" xmlns:tt=\"tt\">" + content + "</t:"
                        + operation.group(1) + "Response>";
        byte[] bytes = ("<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>" + body
                        + "</s:Body></s:Envelope>")
                .getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/soap+xml");
        exchange.sendResponseHeaders(content == null ? 500 : 200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private String content(String operation) {
        return switch (operation) {
            case "GetServices" ->
                "<t:Service><t:Namespace>http://www.onvif.org/ver10/media/wsdl</t:Namespace><t:XAddr>http://127.0.0.1:"
                        + port() + "/onvif/media</t:XAddr></t:Service>";
            case "GetProfiles" ->
                "<t:Profiles token=\"main\"><tt:Name>Main</tt:Name><tt:VideoEncoderConfiguration>"
                        + "<tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>320</tt:Width>"
                        + "<tt:Height>240</tt:Height></tt:Resolution></tt:VideoEncoderConfiguration></t:Profiles>";
            case "GetStreamUri" -> "<t:MediaUri><tt:Uri>" + video.url() + "</tt:Uri></t:MediaUri>";
            default -> null;
        };
    }

    @Override
    public void close() throws IOException {
        discovery.close();
        device.stop(0);
        video.close();
    }
}
