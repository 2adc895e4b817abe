package dev.vap.api.http;

import dev.vap.shared.domain.AddressRules;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.domain.SourceUrl.Scheme;
import dev.vap.shared.domain.VapException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Takes sources in: refuses at once what can be refused without connecting to anything. Names are not looked up here; who
 * connects checks their addresses. Confined to its context.
 */
public final class SourceIntake {

    /** An address of these may be one of this host to listen at, such as {@code udp://0.0.0.0:5000}. */
    private static final Set<Scheme> MAY_LISTEN = EnumSet.of(Scheme.UDP, Scheme.RTP, Scheme.SRT);

    private final Vertx vertx;
    private final SourceCheck files;
    private final Set<Scheme> schemes;
    private final AddressRules addresses;

    public SourceIntake(Vertx vertx, SourceCheck files, Set<Scheme> schemes, AddressRules addresses) {
        this.vertx = vertx;
        this.files = files;
        this.schemes = schemes;
        this.addresses = addresses;
    }

    /** The source in the form in which it is stored; fails with a {@code SOURCE_} code. */
    Future<String> accept(SourceUrl source) {
        checkScheme(source);
        checkAddress(source);
        return source.isFile()
                ? vertx.executeBlocking(() -> files.resolve(source), false)
                : Future.succeededFuture(source.raw());
    }

    private void checkScheme(SourceUrl source) {
        if (!schemes.contains(source.scheme())) {
            throw new VapException(
                    ErrorCode.SOURCE_SCHEME_NOT_ALLOWED,
                    "Sources of the kind " + source.scheme().wire() + " are not allowed here: use "
                            + schemes.stream().map(Scheme::wire).collect(Collectors.joining(", "))
                            + ", or start VAP with other SOURCE_SCHEMES.");
        }
    }

    private void checkAddress(SourceUrl source) {
        if (source.host() == null) {
            return;
        }
        AddressRules.literal(source.host())
                .filter(address -> !listens(source, address))
                .flatMap(addresses::refusal)
                .ifPresent(why -> {
                    throw new VapException(
                            ErrorCode.SOURCE_ADDRESS_NOT_ALLOWED,
                            "The source's address " + source.host() + " is " + why
                                    + ": give another one, or allow it with SOURCE_ALLOW_ADDRESSES.");
                });
    }

    private static boolean listens(SourceUrl source, InetAddress address) {
        return address.isAnyLocalAddress() && MAY_LISTEN.contains(source.scheme());
    }
}
