package dev.vap.runner.inference;

import dev.vap.shared.protocol.SessionReport.InferenceReport;
import io.vertx.circuitbreaker.CircuitBreakerState;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/** Where frames for one model may go, and which of these is the best for the next one. */
final class ModelTargets {

    final String model;
    private final RandomGenerator random;
    private final Function<InferenceNode, InferenceTarget> factory;
    /** Nearest first. */
    private List<InferenceTarget> targets = new ArrayList<>();

    private InferenceTarget anywhere;

    /**
     * @param factory makes the target of a node
     */
    ModelTargets(String model, RandomGenerator random, Function<InferenceNode, InferenceTarget> factory) {
        this.model = model;
        this.random = random;
        this.factory = factory;
    }

    /** Those that have the model are used, the others are not. */
    void update(List<InferenceNode> nodes) {
        List<InferenceTarget> next = new ArrayList<>();
        for (InferenceNode node : nodes) {
            if (node.load(model) != null) {
                InferenceTarget known = of(node);
                next.add(known != null ? known : factory.apply(node));
            }
        }
        for (InferenceTarget old : targets) {
            if (!next.contains(old)) {
                old.close();
            }
        }
        targets = next;
    }

    private InferenceTarget of(InferenceNode node) {
        for (InferenceTarget target : targets) {
            if (target.node.equals(node)) {
                return target;
            }
        }
        return null;
    }

    /** The nearest that has the model; null if none says so. */
    InferenceNode nearest() {
        return targets.isEmpty() ? null : targets.get(0).node;
    }

    /**
     * The best of those not tried yet: one that is healthy and has not just refused a frame comes before one that is not or
     * has, then the nearer comes first, then the one with the shorter queue of two taken at random.
     *
     * @param tried what this frame was already sent to
     * @return null if there is none left; an open circuit breaker, or a connection that carries enough frames, is none
     */
    InferenceTarget choose(List<InferenceTarget> tried) {
        if (targets.isEmpty()) {
            InferenceTarget any = anywhere();
            return tried.contains(any) || any.isOpen() ? null : any;
        }
        InferenceTarget best = null;
        int equals = 0;
        InferenceTarget other = null;
        for (InferenceTarget target : targets) {
            if (tried.contains(target) || target.isOpen() || !target.node.takesFrames() || !target.node.hasRoom()) {
                continue;
            }
            int order = best == null ? -1 : compare(target, best);
            if (order < 0) {
                best = target;
                other = null;
                equals = 1;
            } else if (order == 0) {
                equals++;
                // Two of all the equal ones, each pair as likely as the others.
                int place = random.nextInt(equals);
                if (other == null || place == 1) {
                    other = target;
                } else if (place == 0) {
                    best = target;
                }
            }
        }
        return other != null && isShorter(other, best) ? other : best;
    }

    private boolean isShorter(InferenceTarget a, InferenceTarget b) {
        int order = Double.compare(a.share(), b.share());
        return order < 0 || (order == 0 && random.nextBoolean());
    }

    private static int compare(InferenceTarget a, InferenceTarget b) {
        int byState = Boolean.compare(a.rests() || !a.isHealthy(), b.rests() || !b.isHealthy());
        return byState != 0 ? byState : a.node.rank.compareTo(b.node.rank);
    }

    private InferenceTarget anywhere() {
        if (anywhere == null) {
            anywhere = factory.apply(InferenceNode.anywhere());
        }
        return anywhere;
    }

    /** Whether every process that could be asked is left alone because it has failed repeatedly. */
    boolean allOpen() {
        if (targets.isEmpty()) {
            return anywhere != null && anywhere.isOpen();
        }
        return targets.stream().allMatch(InferenceTarget::isOpen);
    }

    /** Whether nobody that has the model takes frames any more. */
    boolean allStop() {
        return !targets.isEmpty() && targets.stream().noneMatch(target -> target.node.takesFrames());
    }

    /**
     * @param node that analysed the asking session's last frame; null if none did
     * @param busy whether its last frame was refused for being too many
     */
    InferenceReport report(String node, boolean busy) {
        List<InferenceTarget> used = !targets.isEmpty() ? targets : anywhere == null ? List.of() : List.of(anywhere);
        CircuitBreakerState best = used.isEmpty() ? CircuitBreakerState.CLOSED : CircuitBreakerState.OPEN;
        String reason = null;
        for (InferenceTarget target : used) {
            CircuitBreakerState state = target.state();
            if (rank(state) < rank(best)) {
                best = state;
            }
            if (state != CircuitBreakerState.CLOSED && reason == null && target.failure() != null) {
                reason = target.node.name == null ? target.failure() : target.node.name + ": " + target.failure();
            }
        }
        return new InferenceReport(model, best.name().toLowerCase(Locale.ROOT), reason, node, busy);
    }

    static int rank(CircuitBreakerState state) {
        return switch (state) {
            case CLOSED -> 0;
            case HALF_OPEN -> 1;
            case OPEN -> 2;
        };
    }

    void close() {
        targets.forEach(InferenceTarget::close);
        targets = List.of();
        if (anywhere != null) {
            anywhere.close();
            anywhere = null;
        }
    }
}
