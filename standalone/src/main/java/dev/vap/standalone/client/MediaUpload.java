package dev.vap.standalone.client;

import dev.vap.standalone.CommandException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Brings one file to the API, going on where it was cut off. Blocks its caller, who may be interrupted. */
public final class MediaUpload {

    /** In a row, without a byte more being there afterwards. */
    private static final int VAIN_ATTEMPTS = 5;

    private static final long PAUSE_MILLIS = 1_000;

    private final ApiClient api;
    private final Path file;
    private final String name;
    private final Progress progress;
    private final Consumer<String> complain;

    /** Told how far it is, from time to time. */
    @FunctionalInterface
    public interface Progress {
        void show(long bytes, long total);
    }

    /**
     * @param name null for that of the file
     * @param complain told why it has to be tried again
     */
    public MediaUpload(ApiClient api, Path file, String name, Progress progress, Consumer<String> complain) {
        this.api = api;
        this.file = file;
        this.name = name == null ? String.valueOf(file.getFileName()) : name;
        this.progress = progress;
        this.complain = complain;
    }

    /**
     * @return what the API says of the whole file
     */
    public JsonObject run() throws InterruptedException {
        long size = size();
        long best = -1;
        int vain = 0;
        while (true) {
            try {
                long received = received(size);
                vain = received > best ? 0 : vain;
                best = Math.max(best, received);
                return api.upload(name, file, received, size, progress);
            } catch (ApiException e) {
                vain++;
                if (!mayPass(e) || vain >= VAIN_ATTEMPTS) {
                    throw e;
                }
                complain.accept("vap: " + e.getMessage() + " Trying again ...");
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            }
        }
    }

    /** The API may still hold the name for the connection that broke, or have more than it had when it was asked. */
    private static boolean mayPass(ApiException e) {
        return e.retryable()
                || e.getMessage().contains("being uploaded")
                || e.getMessage().contains("go on at byte");
    }

    private long size() {
        try {
            if (!Files.isRegularFile(file)) {
                throw new CommandException(
                        Files.exists(file)
                                ? file + " is no file: give a video file."
                                : "There is no file " + file + ": check the path.");
            }
            long size = Files.size(file);
            if (size == 0) {
                throw new CommandException(file + " is empty (0 bytes): record, download or copy it again.");
            }
            return size;
        } catch (IOException e) {
            throw new CommandException(file + " can't be read: check it and the disk it is on.", e);
        }
    }

    private long received(long size) throws InterruptedException {
        JsonObject there = api.findMedia(name).orElse(null);
        if (there == null) {
            return 0;
        }
        if (there.getBoolean("complete", false)) {
            throw new CommandException("There is a file \"" + name
                    + "\" already: delete it first with `vap media delete`, or take another name with --name.");
        }
        Long begun = there.getLong("size");
        if (begun != null && begun != size) {
            throw new CommandException("An upload of \"" + name + "\" was begun with a file of " + begun
                    + " bytes, and this one has " + size
                    + ": delete what there is of it with `vap media delete`, or take"
                    + " another name with --name.");
        }
        return there.getLong("received", 0L);
    }
}
