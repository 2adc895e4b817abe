package dev.vap.runner.net;

import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.concurrent.ThreadPoolExecutor;
import javax.net.ssl.SSLContext;

/**
 * At most two HTTP clients, one that checks certificates and one that does not, and the few threads that both share: what
 * runs on them never blocks. Thread-safe.
 */
final class HttpClients implements AutoCloseable {
    private static final int THREADS = 4;

    private final ThreadPoolExecutor executor = DaemonPool.queueing("vap-http", THREADS);
    private final SSLContext verified;
    private HttpClient verifying;
    private HttpClient trusting;

    /**
     * @throws IllegalArgumentException if the file can't be used
     */
    HttpClients(Path caFile) {
        verified = Tls.verifying(caFile);
    }

    /** Made when first needed. */
    synchronized HttpClient get(boolean tlsVerify) {
        if (tlsVerify) {
            verifying = verifying == null ? create(verified) : verifying;
            return verifying;
        }
        trusting = trusting == null ? create(Tls.trusting()) : trusting;
        return trusting;
    }

    private HttpClient create(SSLContext tls) {
        return HttpClient.newBuilder()
                // Cameras know nothing else, and some stumble over the offer.
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                // What was checked is the camera's address, not a proxy's.
                .proxy(HttpClient.Builder.NO_PROXY)
                .sslContext(tls)
                .executor(executor)
                .build();
    }

    /** Java ends a client's own thread when nothing uses the client any more. */
    @Override
    public synchronized void close() {
        verifying = null;
        trusting = null;
        executor.shutdown();
    }
}
