package dev.vap.inference.model;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/** Writes a response to a file as it comes, and gives up as soon as it can't be what was asked for. */
final class FileSubscriber implements BodySubscriber<Path> {

    private final ModelDownload.Item item;
    private final Path file;
    private final ModelDownload.Progress progress;
    private final long total;
    private final DownloadException refusal;
    private final CompletableFuture<Path> body = new CompletableFuture<>();
    private Flow.Subscription subscription;
    private FileChannel channel;
    private long received;

    /**
     * @param refusal why the response can't be what was asked for; null if it can
     */
    private FileSubscriber(
            ModelDownload.Item item, Path file, ModelDownload.Progress progress, long total, String refusal) {
        this.item = item;
        this.file = file;
        this.progress = progress;
        this.total = total;
        this.refusal = refusal == null ? null : new DownloadException(refusal);
    }

    static FileSubscriber forResponse(
            ResponseInfo info, ModelDownload.Item item, Path file, ModelDownload.Progress progress) {
        long total = info.headers().firstValueAsLong("content-length").orElse(-1);
        return new FileSubscriber(item, file, progress, total, refusal(info, item, total));
    }

    private static String refusal(ResponseInfo info, ModelDownload.Item item, long total) {
        String host = item.url().getHost();
        if (info.statusCode() != 200) {
            return host + " answered " + info.statusCode() + " for " + item.name() + advice(info.statusCode());
        }
        String type = info.headers().firstValue("content-type").orElse("").toLowerCase(Locale.ROOT);
        if (type.startsWith("text/html")) {
            return webPage(host, item);
        }
        return total > item.maxBytes() ? tooLarge(item) : null;
    }

    private static String webPage(String host, ModelDownload.Item item) {
        return host + " answered with a web page, not with " + item.name()
                + ": check the URL, and whether a proxy or a login page is in between.";
    }

    private static String advice(int status) {
        if (status == 404 || status == 410) {
            return ": it is not there any more.";
        }
        return status >= 500 || status == 429 ? ": try again later." : ": it does not give it away.";
    }

    private static String tooLarge(ModelDownload.Item item) {
        return "What was offered as " + item.name() + " is larger than " + item.maxBytes()
                + " bytes, so it is another file.";
    }

    @Override
    public CompletionStage<Path> getBody() {
        return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription newSubscription) {
        subscription = newSubscription;
        if (refusal != null) {
            fail(refusal);
            return;
        }
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            subscription.request(1);
        } catch (IOException e) {
            fail(unwritable(e));
        }
    }

    @Override
    public void onNext(List<ByteBuffer> chunks) {
        try {
            for (ByteBuffer chunk : chunks) {
                if (received == 0 && chunk.hasRemaining() && looksLikeHtml(chunk.duplicate())) {
                    fail(new DownloadException(webPage(item.url().getHost(), item)));
                    return;
                }
                received += chunk.remaining();
                if (received > item.maxBytes()) {
                    fail(new DownloadException(tooLarge(item)));
                    return;
                }
                while (chunk.hasRemaining()) {
                    channel.write(chunk);
                }
            }
        } catch (IOException e) {
            fail(unwritable(e));
            return;
        }
        progress.received(received, total);
        subscription.request(1);
    }

    /** Pages are sent as something else, too; no model or video begins with an angle bracket. */
    private static boolean looksLikeHtml(ByteBuffer start) {
        byte[] head = new byte[Math.min(start.remaining(), 64)];
        start.get(head);
        String text = new String(head, StandardCharsets.ISO_8859_1).strip().toLowerCase(Locale.ROOT);
        return text.startsWith("<!doctype html") || text.startsWith("<html") || text.startsWith("<head");
    }

    @Override
    public void onError(Throwable cause) {
        close();
        body.completeExceptionally(cause);
    }

    @Override
    public void onComplete() {
        close();
        body.complete(file);
    }

    private void fail(Throwable cause) {
        subscription.cancel();
        onError(cause);
    }

    private DownloadException unwritable(IOException e) {
        return new DownloadException(
                file.getParent() + " can't be written to: " + e.getMessage() + "; check the disk and its rights.", e);
    }

    private void close() {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // The check sum tells whether all was written.
            }
        }
    }
}
