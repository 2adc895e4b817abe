package dev.vap.runner.session;

import dev.vap.shared.protocol.ResultMessage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Remembers results; acknowledges at once, or when told to. Thread-safe. */
public final class FakeResultLog implements ResultLog {

    private final List<ResultMessage> results = new ArrayList<>();
    private final Map<Long, Promise<Void>> open = new LinkedHashMap<>();
    private boolean holding;
    private boolean room = true;

    @Override
    public synchronized boolean hasRoom() {
        return room;
    }

    @Override
    public synchronized Future<Void> append(UUID scenario, String json) {
        ResultMessage result = ResultMessage.parse(json);
        results.add(result);
        Promise<Void> promise = Promise.promise();
        if (holding) {
            open.put(result.frameNumber(), promise);
        } else {
            promise.complete();
        }
        var context = Vertx.currentContext();
        if (context == null) {
            return promise.future();
        }
        Promise<Void> there = Promise.promise();
        promise.future().onComplete(done -> context.runOnContext(v -> there.handle(done)));
        return there.future();
    }

    public synchronized void hold() {
        holding = true;
    }

    public synchronized void setRoom(boolean value) {
        room = value;
    }

    public synchronized void acknowledge(long frame) {
        open.remove(frame).complete();
    }

    /** Acknowledges all that was held back, and from now on at once. */
    synchronized void flow() {
        holding = false;
        open.values().forEach(Promise::complete);
        open.clear();
    }

    public synchronized void fail(long frame, Throwable cause) {
        open.remove(frame).fail(cause);
    }

    public synchronized List<Long> frames() {
        return results.stream().map(ResultMessage::frameNumber).toList();
    }

    public synchronized List<ResultMessage> results() {
        return List.copyOf(results);
    }
}
