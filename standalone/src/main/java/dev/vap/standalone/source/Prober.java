package dev.vap.standalone.source;

import dev.vap.shared.protocol.ProbeReport;
import dev.vap.shared.protocol.ProbeRequest;

/** Opens a source once. Blocks until the request's time is over at most; may be interrupted. */
@FunctionalInterface
public interface Prober {

    ProbeReport probe(ProbeRequest request) throws InterruptedException;
}
