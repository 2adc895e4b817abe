package dev.vap.shared.runtime;

import dev.vap.shared.protocol.Protocol;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;

/**
 * Who a process is: what other members, PostgreSQL and people are told of it.
 *
 * @param service {@code api}, {@code orchestrator}, {@code runner}, {@code inference}, or {@code vap} for all in one process
 * @param host name of its machine
 * @param version of the program, for people
 * @param protocol the newest message version it reads
 */
public record Node(String service, String host, long pid, String version, int protocol, Instant startedAt) {

    /** What PostgreSQL keeps of an {@code application_name}. */
    private static final int MAX_APPLICATION_NAME = 63;

    private static final String APPLICATION = "vap ";
    private static final String UNKNOWN = "unknown";

    private static final String SERVICE_ATTRIBUTE = "vap.service";
    private static final String HOST_ATTRIBUTE = "vap.host";
    private static final String PID_ATTRIBUTE = "vap.pid";
    private static final String VERSION_ATTRIBUTE = "vap.version";
    private static final String PROTOCOL_ATTRIBUTE = "vap.protocol";
    private static final String STARTED_ATTRIBUTE = "vap.started_at";

    /** This process. May block while the name of the machine is looked up. */
    public static Node here(String service) {
        String version = Node.class.getPackage().getImplementationVersion();
        return new Node(
                service,
                hostName(),
                ProcessHandle.current().pid(),
                version == null ? "not packaged" : version,
                Protocol.VERSION,
                Instant.now());
    }

    /** {@code orchestrator@host:1234}; the number is that of the process. */
    public String name() {
        return service + "@" + host + ":" + pid;
    }

    /**
     * What PostgreSQL shows of every connection of this process: {@code vap orchestrator@host:1234}. A host name that is too
     * long loses its end, so that the process can still be told.
     */
    public String applicationName() {
        String begin = APPLICATION + service + "@";
        String end = ":" + pid;
        int room = Math.max(0, MAX_APPLICATION_NAME - begin.length() - end.length());
        String shortened = host.substring(0, Math.min(host.length(), room));
        return (begin + shortened + end).replaceAll("[^\\x20-\\x7e]", "?");
    }

    /** The {@link #name()} in an {@link #applicationName()}; other programs' names are given back as they are. */
    public static String nameOf(String applicationName) {
        return applicationName.startsWith(APPLICATION)
                ? applicationName.substring(APPLICATION.length())
                : applicationName;
    }

    Map<String, String> attributes() {
        return Map.of(
                SERVICE_ATTRIBUTE,
                service,
                HOST_ATTRIBUTE,
                host,
                PID_ATTRIBUTE,
                String.valueOf(pid),
                VERSION_ATTRIBUTE,
                version,
                PROTOCOL_ATTRIBUTE,
                String.valueOf(protocol),
                STARTED_ATTRIBUTE,
                startedAt.toString());
    }

    /** Lenient: a member that says less, or says it otherwise, is still a member. */
    static Node fromAttributes(Map<String, String> attributes) {
        return new Node(
                attributes.getOrDefault(SERVICE_ATTRIBUTE, UNKNOWN),
                attributes.getOrDefault(HOST_ATTRIBUTE, UNKNOWN),
                number(attributes.get(PID_ATTRIBUTE)),
                attributes.getOrDefault(VERSION_ATTRIBUTE, UNKNOWN),
                (int) number(attributes.get(PROTOCOL_ATTRIBUTE)),
                instant(attributes.get(STARTED_ATTRIBUTE)));
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static Instant instant(String text) {
        try {
            return Instant.parse(Optional.ofNullable(text).orElse(""));
        } catch (DateTimeParseException e) {
            return Instant.EPOCH;
        }
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return UNKNOWN;
        }
    }
}
