package dev.vap.inference.batch;

import dev.vap.inference.model.Detector;
import dev.vap.inference.model.Model;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.InferenceReply;
import dev.vap.shared.protocol.InferenceRequest;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that analyse frames, shared by all models. A free thread takes the next frames of the model whose streams have
 * had least time, so that a slow model does not starve the scenarios of a fast one; it goes from one run to the next without
 * a detour over an event loop.
 *
 * <p>A detector is used by one thread at a time, and handed from thread to thread under the lock.
 *
 * <p>A native call can't be interrupted. {@link #check} gives one that takes too long up: its frames fail, a new thread takes
 * the place of the one that is lost in it, and what the call may still read or write is kept until it returns.
 */
public final class InferencePool {

    private static final Logger LOG = LoggerFactory.getLogger(InferencePool.class);

    private final MeterRegistry registry;
    private final LongSupplier nanoTime;
    private final int threadCount;
    private final Watch watch;
    private final FailureLog failures;
    private final PictureDecoder decoder;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition done = lock.newCondition();
    private final List<ModelQueue> queues = new ArrayList<>();
    private final Set<Batch> runs = new HashSet<>();
    private int started;
    private int stuck;
    private boolean hopeless;
    private boolean closed;

    /**
     * @param nanoTime what deadlines are compared with: {@link System#nanoTime()}
     * @param decoder of pictures that are not raw; called by the pool's threads
     */
    public InferencePool(
            int threadCount, MeterRegistry registry, LongSupplier nanoTime, Watch watch, PictureDecoder decoder) {
        this.decoder = decoder;
        this.registry = registry;
        this.nanoTime = nanoTime;
        this.threadCount = threadCount;
        this.watch = watch;
        this.failures = new FailureLog(nanoTime);
        for (int i = 0; i < threadCount; i++) {
            startThread();
        }
    }

    private void startThread() {
        Thread thread = new Thread(this::work, "vap-inference-" + started++);
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Begins to serve a model, which the pool owns and closes from here on.
     *
     * @throws VapException {@code inference_unavailable} after a stop; the model stays the caller's then
     */
    public ModelQueue add(Model model, Batching batching) {
        lock.lock();
        try {
            if (closed) {
                throw ModelQueue.stopping();
            }
            ModelQueue queue = new ModelQueue(this, model, batching, registry);
            queues.add(queue);
            return queue;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Serves a model no more: fails what waits, waits for what runs, frees it. Blocks for at most {@code drain}.
     *
     * @return false if a native call still runs; the model is not freed then, because that would crash the process
     */
    public boolean remove(ModelQueue queue, Duration drain) throws InterruptedException {
        return retire(List.of(queue), drain);
    }

    /**
     * The same of all models, and ends the threads. A second call returns at once.
     *
     * @return false if a native call still runs; its model is not freed then, because that would crash the process
     */
    public boolean close(Duration drain) throws InterruptedException {
        List<ModelQueue> all;
        lock.lock();
        try {
            if (closed) {
                return true;
            }
            closed = true;
            all = List.copyOf(queues);
            work.signalAll();
        } finally {
            lock.unlock();
        }
        return retire(all, drain);
    }

    private boolean retire(List<ModelQueue> gone, Duration drain) throws InterruptedException {
        List<Job> left = new ArrayList<>();
        lock.lock();
        try {
            gone.forEach(queue -> left.addAll(queue.shut()));
        } finally {
            lock.unlock();
        }
        for (Job job : left) {
            job.request().pixels().release();
            tell(job, null, ModelQueue.stopping());
        }
        return freeWhenDone(gone, drain);
    }

    private boolean freeWhenDone(List<ModelQueue> gone, Duration drain) throws InterruptedException {
        lock.lock();
        try {
            long nanos = drain.toNanos();
            while (gone.stream().anyMatch(ModelQueue::isRunning) && nanos > 0) {
                nanos = done.awaitNanos(nanos);
            }
            boolean all = true;
            for (ModelQueue queue : gone) {
                if (queue.isRunning()) {
                    all = false;
                    LOG.error(
                            "model {} still runs after {} ms: its memory is not freed",
                            queue.model().info().name(),
                            drain.toMillis());
                } else {
                    queue.free();
                }
            }
            queues.removeAll(gone);
            return all;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Gives up the runs that take too long; to be called now and then. Never waits for a run.
     */
    public void check() {
        Map<Batch, List<Job>> late = new HashMap<>();
        boolean lost = false;
        lock.lock();
        try {
            long now = now();
            for (Batch run : runs) {
                if (!run.abandoned && now - run.begunNanos > watch.limit().toNanos()) {
                    late.put(run, run.abandon());
                    run.queue.stuck(run, now);
                    stuck++;
                    if (stuck <= threadCount && !closed) {
                        startThread();
                    } else if (!hopeless && !closed) {
                        hopeless = true;
                        lost = true;
                    }
                }
            }
            done.signalAll();
        } finally {
            lock.unlock();
        }
        late.forEach((run, left) -> {
            String model = run.queue.model().info().name();
            LOG.error(
                    "model {} has not come back after {} s: its frames fail",
                    model,
                    watch.limit().toSeconds());
            VapException failure = new VapException(
                    ErrorCode.INFERENCE_FAILED,
                    "The model " + model + " did not come back within "
                            + watch.limit().toSeconds() + " s: its analysis hangs.");
            run.queue.metrics().failed.increment(left.size());
            left.forEach(job -> tell(job, null, failure));
        });
        if (lost) {
            watch.hopeless().run();
        }
    }

    long now() {
        return nanoTime.getAsLong();
    }

    /** Under the lock: what the streams of the model that has had least have had, among those that have work. */
    double leastServed() {
        return queues.stream()
                .filter(ModelQueue::isBusy)
                .mapToDouble(ModelQueue::served)
                .min()
                .orElse(0);
    }

    VapException offer(ModelQueue queue, Job job, long now, ModelQueue.Dropped dropped) {
        lock.lock();
        try {
            VapException refusal = queue.add(job, now, dropped);
            if (refusal == null) {
                work.signal();
            }
            return refusal;
        } finally {
            lock.unlock();
        }
    }

    private void work() {
        List<Job> expired = new ArrayList<>();
        while (true) {
            Batch batch;
            Detector detector = null;
            lock.lock();
            try {
                batch = next(expired);
                if (batch == null && expired.isEmpty()) {
                    return;
                }
                if (batch != null) {
                    detector = batch.queue.takeDetector();
                    runs.add(batch);
                }
            } finally {
                lock.unlock();
            }
            expired.forEach(job -> job.queue().expire(job, true));
            expired.clear();
            if (batch != null && !finish(batch, run(batch, detector))) {
                return;
            }
        }
    }

    /**
     * Under the lock: waits for work.
     *
     * @param expired gets frames that came too late for it
     * @return null after a stop, or if there are expired frames only
     */
    private Batch next(List<Job> expired) {
        while (true) {
            long now = now();
            ModelQueue chosen = null;
            long soonest = Long.MAX_VALUE;
            for (ModelQueue queue : queues) {
                long readyAt = queue.readyAt(now);
                if (readyAt - now > 0) {
                    soonest = Math.min(soonest, readyAt);
                } else if (chosen == null || queue.served() < chosen.served()) {
                    chosen = queue;
                }
            }
            if (chosen != null) {
                Batch batch = chosen.take(now, expired);
                if (batch != null || !expired.isEmpty()) {
                    return batch;
                }
            } else if (closed) {
                return null;
            } else {
                try {
                    long unused = work.awaitNanos(soonest == Long.MAX_VALUE ? Long.MAX_VALUE : soonest - now);
                } catch (InterruptedException e) {
                    LOG.debug("an interrupt of an inference thread is of no effect", e);
                }
            }
        }
    }

    /**
     * @return false if this thread's place has been given to another one
     */
    private boolean finish(Batch batch, Detector used) {
        lock.lock();
        try {
            runs.remove(batch);
            if (batch.abandoned) {
                stuck--;
                batch.queue.unstuck();
                LOG.warn(
                        "model {} has come back after all",
                        batch.queue.model().info().name());
            } else {
                batch.queue.over(batch, now());
            }
            batch.queue.giveBack(used);
            done.signalAll();
            // This thread may go on with another model, and nobody was woken for a model that was at its limit.
            work.signal();
            return !batch.abandoned;
        } finally {
            lock.unlock();
        }
    }

    /** A frame of a run as its detector takes it; what was decoded for it belongs to the run. */
    private record Picture(int index, InferenceRequest request, FrameBuffer decoded) {}

    /**
     * @param idle null if a detector must be made first
     * @return the detector, null if none could be made
     */
    private Detector run(Batch batch, Detector idle) {
        Detector detector = idle;
        List<Picture> pictures = new ArrayList<>(batch.jobs.size());
        try {
            if (detector == null) {
                detector = batch.queue.model().newDetector();
            }
            for (int i = 0; i < batch.jobs.size(); i++) {
                prepare(batch, i, pictures);
            }
            if (pictures.size() == 1 || !together(batch, pictures, detector)) {
                for (Picture picture : pictures) {
                    alone(batch, picture, detector);
                }
            }
        } catch (RuntimeException | Error e) {
            VapException failure = explained(batch.queue, e);
            for (int i = 0; i < batch.jobs.size(); i++) {
                settle(batch, i, null, failure);
            }
        } finally {
            batch.jobs.forEach(job -> job.request().pixels().release());
            pictures.stream().map(Picture::decoded).filter(Objects::nonNull).forEach(FrameBuffer::release);
        }
        return detector;
    }

    private void prepare(Batch batch, int index, List<Picture> pictures) {
        InferenceRequest request = batch.jobs.get(index).request();
        if (request.encoding() == InferenceRequest.Encoding.RAW) {
            pictures.add(new Picture(index, request, null));
            return;
        }
        try {
            FrameBuffer decoded = decoder.decode(request);
            pictures.add(new Picture(index, request.decoded(decoded), decoded));
        } catch (VapException e) {
            settle(batch, index, null, e);
        }
    }

    /** False if the run failed, which may be the fault of one of its frames. */
    private boolean together(Batch batch, List<Picture> pictures, Detector detector) {
        if (pictures.isEmpty()) {
            return true;
        }
        long begun = now();
        List<List<Detection>> found;
        try {
            found = detector.detect(pictures.stream().map(Picture::request).toList());
        } catch (RuntimeException e) {
            failures.log(failed(batch.queue), e);
            return false;
        }
        long ended = now();
        batch.queue.metrics().batch.record(pictures.size());
        for (int i = 0; i < pictures.size(); i++) {
            int index = pictures.get(i).index();
            settle(batch, index, reply(batch.jobs.get(index), begun, ended, found.get(i)), null);
        }
        return true;
    }

    private void alone(Batch batch, Picture picture, Detector detector) {
        Job job = batch.jobs.get(picture.index());
        long begun = now();
        if (job.request().expired(begun)) {
            if (batch.claim(picture.index())) {
                batch.queue.expire(job, false);
            }
            return;
        }
        try {
            List<Detection> found = detector.detect(picture.request());
            batch.queue.metrics().batch.record(1);
            settle(batch, picture.index(), reply(job, begun, now(), found), null);
        } catch (RuntimeException e) {
            settle(batch, picture.index(), null, explained(batch.queue, e));
        }
    }

    private static InferenceReply reply(Job job, long begun, long ended, List<Detection> found) {
        ModelMetrics metrics = job.queue().metrics();
        metrics.wait.record(begun - job.arrivedNanos(), TimeUnit.NANOSECONDS);
        metrics.run.record(ended - begun, TimeUnit.NANOSECONDS);
        return new InferenceReply(
                found,
                job.queue().model().info().detector(),
                micros(begun - job.arrivedNanos()),
                micros(ended - begun));
    }

    /** Tells the outcome, unless the frame was failed already because its run took too long. */
    private void settle(Batch batch, int index, InferenceReply reply, VapException failure) {
        if (batch.claim(index)) {
            if (failure != null) {
                batch.queue.metrics().failed.increment();
            }
            tell(batch.jobs.get(index), reply, failure);
        }
    }

    /** One of the two. Never throws: nobody but the sender has a fault then, and others wait for this thread. */
    void tell(Job job, InferenceReply reply, VapException failure) {
        try {
            if (failure == null) {
                job.replyTo().succeed(reply);
            } else {
                job.replyTo().fail(failure);
            }
        } catch (RuntimeException e) {
            failures.log(
                    "whoever sent a frame for model "
                            + job.queue().model().info().name() + " can't be told",
                    e);
        }
    }

    private VapException explained(ModelQueue queue, Throwable e) {
        failures.log(failed(queue), e);
        return e instanceof VapException known
                ? known
                : new VapException(
                        ErrorCode.INFERENCE_FAILED, "The " + failed(queue) + "; the service's log says more.", e);
    }

    private static String failed(ModelQueue queue) {
        return "model " + queue.model().info().name() + " failed on a frame";
    }

    private static long micros(long nanos) {
        return TimeUnit.NANOSECONDS.toMicros(nanos);
    }
}
