package dev.vap.inference.model;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Fetches models and other files whose SHA-256 is known: to a partial file beside the target, checked, then moved into
 * place at once. Whatever fails, no partial file stays, and the target is as it was. Blocks its caller. Thread-safe.
 */
public final class ModelDownload {

    private static final long DEFAULT_LIMIT = 2L << 30;

    /** Told how far it is; on a thread of the HTTP client, in order. */
    @FunctionalInterface
    public interface Progress {
        /**
         * @param total bytes of the whole file, -1 if the server does not say
         */
        void received(long bytes, long total);
    }

    /**
     * What to fetch.
     *
     * @param name for messages: "The download of NAME is corrupt"
     * @param sha256 hexadecimal
     * @param maxBytes more is refused
     */
    public record Item(String name, URI url, String sha256, Path target, long maxBytes) {}

    private ModelDownload() {}

    /**
     * Fetches a model of the catalogue, unless it is there and whole.
     *
     * @return true if it was fetched, false if it was there
     * @throws DownloadException with a sentence for the user; also if the entry names no URL
     */
    public static boolean pull(
            CatalogEntry entry, Path modelDir, Progress progress, Duration connectTimeout, Duration totalDeadline)
            throws DownloadException {
        if (entry.file() == null) {
            throw new DownloadException("The model " + entry.name() + " is built in: there is nothing to download.");
        }
        if (entry.problem() != null) {
            throw new DownloadException("What the catalogue says of " + entry.name() + " is wrong: " + entry.problem()
                    + ". Correct the file.");
        }
        if (entry.url() == null || entry.sha256() == null) {
            throw new DownloadException("The model " + entry.name() + " is a file of your own: nobody offers it.");
        }
        long limit = entry.bytes() > 0 ? entry.bytes() : DEFAULT_LIMIT;
        Item item = new Item(entry.name(), entry.url(), entry.sha256(), modelDir.resolve(entry.file()), limit);
        return fetch(item, progress, connectTimeout, totalDeadline);
    }

    /**
     * Fetches any file, unless it is there and whole.
     *
     * @param totalDeadline for all of it: connecting, redirects, every byte
     * @return true if it was fetched, false if it was there
     */
    public static boolean fetch(Item item, Progress progress, Duration connectTimeout, Duration totalDeadline)
            throws DownloadException {
        Path partial = null;
        try {
            if (Files.isRegularFile(item.target()) && sha256(item.target()).equals(lower(item.sha256()))) {
                return false;
            }
            Path directory = item.target().toAbsolutePath().getParent();
            Files.createDirectories(directory);
            partial = directory.resolve("." + item.target().getFileName() + "." + UUID.randomUUID() + ".part");
            partial.toFile().deleteOnExit();
            receive(item, partial, progress, connectTimeout, totalDeadline);
            verify(item, partial);
            Files.move(partial, item.target(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return true;
        } catch (DownloadException e) {
            throw e;
        } catch (IOException e) {
            throw new DownloadException(
                    item.target() + " can't be written: " + e.getMessage() + "; check the disk and its rights.", e);
        } finally {
            discard(partial);
        }
    }

    /**
     * @return lower-case hexadecimal
     */
    public static String sha256(Path file) throws IOException {
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), newSha256())) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
            return HexFormat.of()
                    .formatHex(((DigestInputStream) in).getMessageDigest().digest());
        }
    }

    private static void receive(
            Item item, Path partial, Progress progress, Duration connectTimeout, Duration totalDeadline)
            throws DownloadException {
        HttpClient client = HttpClient.newBuilder()
                .connectTimeout(connectTimeout)
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build();
        HttpRequest request = HttpRequest.newBuilder(item.url())
                .header("User-Agent", "vap")
                .timeout(totalDeadline)
                .build();
        CompletableFuture<HttpResponse<Path>> response =
                client.sendAsync(request, info -> FileSubscriber.forResponse(info, item, partial, progress));
        try {
            response.get(totalDeadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            response.cancel(true);
            throw new DownloadException(tooSlow(item, totalDeadline), e);
        } catch (InterruptedException e) {
            response.cancel(true);
            Thread.currentThread().interrupt();
            throw new DownloadException("The download of " + item.name() + " was interrupted.", e);
        } catch (ExecutionException e) {
            throw explained(item, e.getCause(), connectTimeout, totalDeadline);
        }
    }

    private static void verify(Item item, Path partial) throws IOException {
        String actual = sha256(partial);
        if (!actual.equals(lower(item.sha256()))) {
            throw new DownloadException("The download of " + item.name() + " is corrupt: SHA-256 " + actual
                    + ", expected " + lower(item.sha256()) + ": try again.");
        }
    }

    private static DownloadException explained(
            Item item, Throwable cause, Duration connectTimeout, Duration totalDeadline) {
        for (Throwable e = cause; e != null; e = e.getCause()) {
            if (e instanceof DownloadException known) {
                return known;
            }
        }
        String host = item.url().getHost();
        if (cause instanceof HttpConnectTimeoutException) {
            return new DownloadException(
                    host + " did not answer within " + shown(connectTimeout)
                            + ": check the network connection, a proxy or firewall, and try again.",
                    cause);
        }
        if (cause instanceof java.net.http.HttpTimeoutException) {
            return new DownloadException(tooSlow(item, totalDeadline), cause);
        }
        if (cause instanceof ConnectException) {
            boolean unknown = cause.getCause() instanceof UnresolvedAddressException
                    || cause.getCause() instanceof UnknownHostException
                    || (cause.getCause() != null && cause.getCause().getCause() instanceof UnresolvedAddressException);
            return new DownloadException(
                    unknown
                            ? host + " can't be found: is this machine offline? Check the network and try again."
                            : host + " refused the connection: check the network, a proxy or firewall, and try again.",
                    cause);
        }
        return new DownloadException(
                "The download of " + item.name() + " broke off (" + cause.getMessage() + "): try again.", cause);
    }

    private static String tooSlow(Item item, Duration deadline) {
        return "The download of " + item.name() + " was not complete after " + shown(deadline)
                + ": check the network and try again.";
    }

    private static String shown(Duration duration) {
        return duration.toSeconds() > 0 ? duration.toSeconds() + " s" : duration.toMillis() + " ms";
    }

    private static void discard(Path partial) {
        if (partial != null) {
            try {
                Files.deleteIfExists(partial);
            } catch (IOException e) {
                // It goes when the process ends.
            }
        }
    }

    private static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String lower(String hex) {
        return hex.toLowerCase(Locale.ROOT);
    }
}
