package dev.vap.runner.session;

import java.util.ArrayDeque;

/**
 * Frames being analysed, oldest first. Answers come in any order; frames leave in the order in which they came. Not
 * thread-safe.
 */
final class FrameWindow {

    private final ArrayDeque<Frame> frames = new ArrayDeque<>();

    void add(Frame frame) {
        frames.add(frame);
    }

    int size() {
        return frames.size();
    }

    boolean isEmpty() {
        return frames.isEmpty();
    }

    /** The oldest frame if nothing more is to be waited for, else null; it stays. */
    Frame peekDone() {
        Frame oldest = frames.peek();
        return oldest != null && oldest.isDone() ? oldest : null;
    }

    void removeOldest() {
        frames.remove();
    }

    /** Forgets the frames, and frees those that nobody is looking at; the others are freed by whoever waits for them. */
    void clear() {
        for (Frame frame : frames) {
            if (!frame.beingAnalysed) {
                frame.free();
            }
        }
        frames.clear();
    }
}
