package dev.vap.standalone.demo;

import dev.vap.inference.model.DownloadException;
import dev.vap.inference.model.ModelDownload;
import dev.vap.standalone.platform.Background;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Downloads that a demo can wait for: a machine without a network must cost seconds only, whatever its resolver does. */
final class QuickFetcher implements Fetcher {

    private static final Duration CONNECT = Duration.ofSeconds(2);
    private static final Duration FIRST_BYTE = Duration.ofSeconds(3);
    private static final Duration TOTAL = Duration.ofSeconds(10);

    @Override
    public void fetch(ModelDownload.Item item) throws DownloadException {
        CountDownLatch begun = new CountDownLatch(1);
        Background<Boolean> download = Background.start("download of " + item.name(), () -> {
            try {
                return ModelDownload.fetch(item, (bytes, total) -> begun.countDown(), CONNECT, TOTAL);
            } finally {
                begun.countDown();
            }
        });
        try {
            if (!begun.await(FIRST_BYTE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new DownloadException(
                        item.url().getHost() + " did not answer within " + FIRST_BYTE.toSeconds() + " s.");
            }
            download.await(TOTAL.plusSeconds(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DownloadException("The download of " + item.name() + " was interrupted.", e);
        } catch (TimeoutException e) {
            throw new DownloadException("The download of " + item.name() + " took too long.", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DownloadException known) {
                throw known;
            }
            throw new DownloadException("The download of " + item.name() + " failed.", e.getCause());
        } finally {
            download.thread().interrupt();
        }
    }
}
