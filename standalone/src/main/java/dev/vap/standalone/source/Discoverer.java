package dev.vap.standalone.source;

import dev.vap.shared.protocol.DiscoverReport;
import dev.vap.shared.protocol.DiscoverRequest;

/** Looks for devices on the network. Blocks for the time that the request gives; may be interrupted. */
@FunctionalInterface
public interface Discoverer {

    DiscoverReport discover(DiscoverRequest request) throws InterruptedException;
}
