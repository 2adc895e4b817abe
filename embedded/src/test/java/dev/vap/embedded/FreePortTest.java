package dev.vap.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import org.junit.jupiter.api.Test;

class FreePortTest {
    @Test
    void choosesBelowThePortsOfOutgoingConnections() throws Exception {
        try (ServerSocketChannel channel = FreePort.bind(0)) {
            assertThat(FreePort.port(channel)).isBetween(20_000, 29_999);
        }
    }

    @Test
    void bindsToTheLoopbackAddressOnly() throws Exception {
        try (ServerSocketChannel channel = FreePort.bind(0)) {
            InetSocketAddress address = (InetSocketAddress) channel.getLocalAddress();
            assertThat(address.getAddress().getHostAddress()).isEqualTo("127.0.0.1");
        }
    }

    @Test
    void refusesAGivenPortThatIsTaken() throws Exception {
        try (ServerSocketChannel channel = FreePort.bind(0)) {
            int port = FreePort.port(channel);
            assertThatThrownBy(() -> FreePort.bind(port)).isInstanceOf(BindException.class);
        }
    }

    @Test
    void findsAPortThatCanBeBound() throws Exception {
        int port = FreePort.find();
        try (ServerSocketChannel channel = FreePort.bind(port)) {
            assertThat(FreePort.port(channel)).isEqualTo(port);
        }
    }
}
