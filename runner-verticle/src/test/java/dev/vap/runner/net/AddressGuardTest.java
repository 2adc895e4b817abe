package dev.vap.runner.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.AddressRules;
import dev.vap.shared.domain.SourceFault;
import dev.vap.testing.Await;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressGuardTest {

    private static final AddressRules RULES = AddressRules.allowing(List.of());
    private static final Duration LONG = Duration.ofSeconds(30);

    private final AtomicInteger lookups = new AtomicInteger();
    private final CountDownLatch release = new CountDownLatch(1);
    private AddressGuard guard = new AddressGuard(RULES, this::lookUp, 2, 1);

    @AfterEach
    void close() {
        release.countDown();
        guard.close();
    }

    private InetAddress[] lookUp(String host) throws UnknownHostException {
        lookups.incrementAndGet();
        if (host.startsWith("stuck")) {
            awaitRelease();
        }
        return switch (host) {
            case "fine.example" -> new InetAddress[] {address("192.0.2.7"), address("2001:db8::7")};
            case "rebound.example" -> new InetAddress[] {address("192.0.2.7"), address("169.254.169.254")};
            case "broken.example" -> throw new SecurityException("no lookups");
            default -> throw new UnknownHostException(host);
        };
    }

    private void awaitRelease() {
        try {
            release.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static InetAddress address(String literal) throws UnknownHostException {
        return InetAddress.getByName(literal);
    }

    private static long in(Duration duration) {
        return System.nanoTime() + duration.toNanos();
    }

    private MediaException refusal(String host, Duration deadline, Cancellation cancellation) {
        return catchThrowableOfType(MediaException.class, () -> guard.check(host, in(deadline), cancellation));
    }

    private MediaException refusal(String host) {
        return refusal(host, LONG, new Cancellation());
    }

    @Test
    void tellsAllAddressesOfAHost() throws Exception {
        assertThat(guard.check("fine.example", in(LONG), new Cancellation()))
                .containsExactly(address("192.0.2.7"), address("2001:db8::7"));
    }

    @Test
    void refusesANameIfOneOfItsAddressesIsForbidden() {
        MediaException e = refusal("rebound.example");

        assertThat(e.fault()).isEqualTo(SourceFault.NOT_ALLOWED);
        assertThat(e)
                .hasMessage("The source rebound.example is at 169.254.169.254, which is link-local, and VAP does not"
                        + " connect there: use another address, or have the administrator name this one in"
                        + " SOURCE_ALLOW_ADDRESSES.");
    }

    @Test
    void allowsWhatTheAdministratorNames() {
        guard.close();
        guard = new AddressGuard(AddressRules.allowing(List.of("169.254.0.0/16")), this::lookUp, 1, 1);

        assertThat(guard.check("rebound.example", in(LONG), new Cancellation())).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"169.254.1.1", "0.0.0.0", "fe80::1", "::ffff:169.254.169.254", "fd00:ec2::254", "100.100.100.200"
            })
    void refusesForbiddenAddressesWithoutALookup(String address) {
        MediaException e = refusal(address);

        assertThat(e.fault()).isEqualTo(SourceFault.NOT_ALLOWED);
        assertThat(e.getMessage()).startsWith("The source").contains("SOURCE_ALLOW_ADDRESSES");
        assertThat(lookups).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "10.0.0.255", "192.168.1.64", "::1", "2001:db8::1"})
    void takesAddressesWithoutALookup(String address) throws Exception {
        assertThat(guard.check(address, in(LONG), new Cancellation())).containsExactly(address(address));
        assertThat(lookups).hasValue(0);
    }

    /** FFmpeg and Java read them differently, so one could be checked and another one connected to. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "2852039166",
                "0xA9FEA9FE",
                "0251.0376.0251.0376",
                "169.254.43518",
                "127.1",
                "127.0.0.1.",
                "256.1.1.1"
            })
    void refusesAddressesInOtherSpellings(String address) {
        MediaException e = refusal(address);

        assertThat(e.fault()).isIn(SourceFault.NOT_ALLOWED, SourceFault.UNREACHABLE);
        assertThat(lookups).hasValue(0);
    }

    @Test
    void saysThatAHostIsNotKnown() {
        MediaException e = refusal("nowhere.example");

        assertThat(e.fault()).isEqualTo(SourceFault.UNREACHABLE);
        assertThat(e)
                .hasMessage("The host nowhere.example is not known: check its name in the URL, and the name server.");
    }

    @Test
    void aFailureOfTheLookupIsNotForEver() {
        assertThat(refusal("broken.example").fault()).isEqualTo(SourceFault.UNREACHABLE);
        assertThat(refusal("broken.example").fault()).isEqualTo(SourceFault.UNREACHABLE);
        assertThat(lookups).hasValue(2);
    }

    @Test
    void stuckLookupsAreLeftAtTheDeadlineAndDoNotPileUp() {
        // Two threads and one place to wait.
        for (int i = 0; i < 3; i++) {
            MediaException e = refusal("stuck-" + i, Duration.ofMillis(50), new Cancellation());
            assertThat(e.fault()).isEqualTo(SourceFault.TIMEOUT);
            assertThat(e.getMessage()).contains("stuck-" + i + " could not be looked up in time");
        }
        assertThat(refusal("STUCK-0", Duration.ofMillis(50), new Cancellation()).fault())
                .isEqualTo(SourceFault.TIMEOUT);
        assertThat(refusal("fine.example").fault()).isEqualTo(SourceFault.TIMEOUT);
        assertThat(lookups).hasValue(2);
        assertThat(threads()).isEqualTo(2);

        release.countDown();
        Await.until("the lookups to go on", LONG, () -> !guard.check("fine.example", in(LONG), new Cancellation())
                .isEmpty());
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(t -> t.getName().startsWith("vap-lookup") && t.isAlive())
                .filter(t -> {
                    for (StackTraceElement frame : t.getStackTrace()) {
                        if (frame.getMethodName().equals("awaitRelease")) {
                            return true;
                        }
                    }
                    return false;
                })
                .count();
    }

    @Test
    void cancellingEndsTheWait() {
        Cancellation cancellation = new Cancellation();
        CompletableFuture<MediaException> waiting =
                CompletableFuture.supplyAsync(() -> refusal("stuck", Duration.ofMinutes(5), cancellation));
        Await.until("the lookup", LONG, () -> lookups.get() == 1);

        cancellation.cancel();

        assertThat(waiting)
                .succeedsWithin(LONG)
                .extracting(MediaException::fault)
                .isEqualTo(SourceFault.INTERRUPTED);
    }

    @Test
    void looksUpForReal() {
        try (AddressGuard real = new AddressGuard(RULES)) {
            assertThat(real.check("localhost", in(LONG), new Cancellation())).allMatch(InetAddress::isLoopbackAddress);
            assertThatThrownBy(() -> real.check("no-such-host.invalid", in(LONG), new Cancellation()))
                    .isInstanceOf(MediaException.class);
        }
    }
}
