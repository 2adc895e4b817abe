package dev.vap.runner.net;

import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.AddressRules;
import dev.vap.shared.domain.SourceFault;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * Looks up hosts of sources, and refuses those that {@link AddressRules} refuses. Thread-safe; blocks.
 *
 * <p>A lookup can't be interrupted and may hang for minutes, so it runs on a pool whose threads and queue are bounded, once
 * for all who wait for the same name; whoever waits leaves at its deadline.
 *
 * <p>Connect to the addresses that come back, or whoever owns the name can have changed them in between; FFmpeg, which takes
 * names only, looks them up again.
 */
public final class AddressGuard implements AutoCloseable {
    private static final int THREADS = 4;
    private static final int WAITING = 256;
    private static final long IDLE_SECONDS = 30;

    /** Four numbers as everybody reads them: no leading zeros, which some take for octal. */
    private static final Pattern IPV4 = Pattern.compile("(?:(?:0|[1-9]\\d{0,2})(?:\\.(?!$)|$)){4}");

    /** What some libraries take for an IPv4 address as well: fewer parts, octal, hexadecimal. */
    private static final Pattern ODD_IPV4 =
            Pattern.compile("(?:0[xX][0-9a-fA-F]*|\\d+)(?:\\.(?:0[xX][0-9a-fA-F]*|\\d+)){0,3}\\.?");

    /** Tells all addresses of a name; blocks as long as it likes. */
    @FunctionalInterface
    interface Lookup {
        InetAddress[] find(String host) throws UnknownHostException;
    }

    private final AddressRules rules;
    private final Lookup lookup;
    private final ExecutorService pool;
    /** Running or waiting lookups by name; bounded by the pool and its queue. */
    private final ConcurrentHashMap<String, CompletableFuture<InetAddress[]>> running = new ConcurrentHashMap<>();

    public AddressGuard(AddressRules rules) {
        this(rules, InetAddress::getAllByName, THREADS, WAITING);
    }

    AddressGuard(AddressRules rules, Lookup lookup, int threads, int waiting) {
        this.rules = rules;
        this.lookup = lookup;
        this.pool = pool(threads, waiting);
    }

    private static ExecutorService pool(int threads, int waiting) {
        AtomicInteger numbers = new AtomicInteger();
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new ArrayBlockingQueue<>(waiting), task -> {
                    Thread thread = new Thread(task, "vap-lookup-" + numbers.getAndIncrement());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /**
     * The addresses of the host, all of which may be connected to.
     *
     * @param host name or address, IPv6 without brackets
     * @param deadlineNanos of {@link System#nanoTime()}
     * @throws MediaException {@code NOT_ALLOWED} if one of them must not be connected to; {@code UNREACHABLE} if there is no
     *     such host; {@code TIMEOUT}; {@code INTERRUPTED}
     */
    public List<InetAddress> check(String host, long deadlineNanos, Cancellation cancellation) {
        List<InetAddress> addresses = List.of(find(host, deadlineNanos, cancellation));
        for (InetAddress address : addresses) {
            Optional<String> refusal = rules.refusal(address);
            if (refusal.isPresent()) {
                throw refused(host, address, refusal.get());
            }
        }
        return addresses;
    }

    /** Forgets waiting lookups; those that run end by themselves. */
    @Override
    public void close() {
        pool.shutdownNow();
    }

    private InetAddress[] find(String host, long deadlineNanos, Cancellation cancellation) {
        if (isLiteral(host)) {
            return literal(host);
        }
        String subject = "The source " + host;
        try {
            return Waiting.forResult(shared(host), subject, deadlineNanos, cancellation);
        } catch (TimeoutException e) {
            throw new MediaException(
                    SourceFault.TIMEOUT,
                    "The name " + host + " could not be looked up in time: check the name server, or use an address.",
                    e);
        } catch (ExecutionException e) {
            throw unknown(host, e.getCause());
        } catch (RejectedExecutionException e) {
            throw new MediaException(
                    SourceFault.TIMEOUT,
                    "The name " + host + " can't be looked up now, too many lookups hang: check the name server, or use"
                            + " an address.",
                    e);
        }
    }

    private CompletableFuture<InetAddress[]> shared(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        CompletableFuture<InetAddress[]> mine = new CompletableFuture<>();
        CompletableFuture<InetAddress[]> others = running.putIfAbsent(name, mine);
        if (others != null) {
            return others;
        }
        try {
            pool.execute(() -> run(name, mine));
        } catch (RejectedExecutionException e) {
            running.remove(name);
            mine.completeExceptionally(e);
            throw e;
        }
        return mine;
    }

    private void run(String name, CompletableFuture<InetAddress[]> result) {
        try {
            InetAddress[] found = lookup.find(name);
            running.remove(name);
            result.complete(found);
        } catch (UnknownHostException | RuntimeException e) {
            running.remove(name);
            result.completeExceptionally(e);
        }
    }

    private static boolean isLiteral(String host) {
        return host.indexOf(':') >= 0 || ODD_IPV4.matcher(host).matches();
    }

    /** Never asks a name server. */
    private static InetAddress[] literal(String host) {
        if (host.indexOf(':') < 0 && !IPV4.matcher(host).matches()) {
            throw new MediaException(
                    SourceFault.NOT_ALLOWED,
                    "The source's address " + host
                            + " can be read in more than one way: write it as four numbers from 0"
                            + " to 255 without leading zeros.");
        }
        try {
            return new InetAddress[] {InetAddress.getByName(host)};
        } catch (UnknownHostException e) {
            throw new MediaException(
                    SourceFault.UNREACHABLE, "The source's address " + host + " is not one: check the URL.", e);
        }
    }

    private static MediaException unknown(String host, Throwable cause) {
        if (cause instanceof RejectedExecutionException) {
            return new MediaException(
                    SourceFault.TIMEOUT, "The name " + host + " can't be looked up now: try again.", cause);
        }
        return new MediaException(
                SourceFault.UNREACHABLE,
                "The host " + host + " is not known: check its name in the URL, and the name server.",
                cause);
    }

    private static MediaException refused(String host, InetAddress address, String refusal) {
        String shown = address.getHostAddress();
        String where = host.equals(shown)
                ? "The source's address " + shown + " is "
                : "The source " + host + " is at " + shown + ", which is ";
        return new MediaException(
                SourceFault.NOT_ALLOWED,
                where + refusal
                        + ", and VAP does not connect there: use another address, or have the administrator name"
                        + " this one in SOURCE_ALLOW_ADDRESSES.");
    }
}
