package dev.vap.runner.inference;

import dev.vap.shared.protocol.InferenceAnnouncement;
import dev.vap.shared.protocol.InferenceAnnouncement.Load;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** One inference process as it last announced itself, and how many frames of this runner are on their way to it. */
final class InferenceNode {

    /**
     * One TCP connection carries all frames to a process, and a frame behind many others is late. More than this at once
     * brought no more frames through.
     */
    private static final int LEAST_ON_THE_WAY = 4;

    private static final int MOST_ON_THE_WAY = 16;

    private static final int UNBOUNDED = Integer.MAX_VALUE;

    /** Null if it does not announce itself. */
    final String name;

    final Rank rank;
    private InferenceAnnouncement announcement;
    private long heardAt;
    private int onTheWay;
    /** Fail when the process is given up; what they wait for may come a long time later, or never. */
    private final Set<Promise<?>> answers = new HashSet<>();

    InferenceNode(InferenceAnnouncement announcement, Rank rank, long now) {
        this.name = announcement.node();
        this.rank = rank;
        heard(announcement, now);
    }

    private InferenceNode() {
        this.name = null;
        this.rank = Rank.ANYWHERE;
    }

    /** Whoever answers at a model's common address. */
    static InferenceNode anywhere() {
        return new InferenceNode();
    }

    void heard(InferenceAnnouncement what, long now) {
        announcement = what;
        heardAt = now;
    }

    boolean isGone(long now) {
        return announcement != null && now - heardAt > InferenceAnnouncement.EXPIRES_MILLIS * 1_000_000L;
    }

    boolean takesFrames() {
        return announcement == null || !announcement.stopping();
    }

    /** What it says of a model; null if it has not loaded it. */
    Load load(String model) {
        if (announcement != null) {
            for (Load load : announcement.models()) {
                if (load.model().equals(model)) {
                    return load;
                }
            }
        }
        return null;
    }

    /** Whether a picture for it leaves this process, as far as it is known. */
    boolean isRemote() {
        return rank == Rank.HOST || rank == Rank.CLUSTER;
    }

    boolean hasRoom() {
        return onTheWay < mostOnTheWay();
    }

    private int mostOnTheWay() {
        // Of a process that is not known it is not known either whether it is this one.
        return rank == Rank.PROCESS || announcement == null
                ? UNBOUNDED
                : Math.min(MOST_ON_THE_WAY, Math.max(LEAST_ON_THE_WAY, 2 * announcement.workers()));
    }

    /**
     * The answer, or a failure as soon as the process is given up. Of a frame in this very process the answer alone: its
     * pixels may be in use as long as there is none.
     */
    <T> Future<T> orGone(Future<T> answer) {
        if (!isRemote()) {
            return answer;
        }
        Promise<T> first = Promise.promise();
        answers.add(first);
        answer.onComplete(done -> {
            answers.remove(first);
            if (done.succeeded()) {
                first.tryComplete(done.result());
            } else {
                first.tryFail(done.cause());
            }
        });
        return first.future();
    }

    /** It is not heard of any more. */
    void giveUp() {
        List.copyOf(answers).forEach(answer -> answer.tryFail(Failures.gone()));
        answers.clear();
    }

    int onTheWay() {
        return onTheWay;
    }

    void sent() {
        onTheWay++;
    }

    void answered() {
        onTheWay--;
    }
}
