package dev.vap.runner.inference;

import dev.vap.shared.protocol.InferenceAnnouncement;

/** How near an inference process is, nearest first: frames go to the nearest that takes them. */
enum Rank {
    /** This JVM: frames are handed over by reference. */
    PROCESS,
    HOST,
    CLUSTER,
    /** Whichever answers at the model's common address: it does not announce itself. */
    ANYWHERE;

    static Rank of(InferenceAnnouncement announcement, String process, String host) {
        if (announcement.process().equals(process)) {
            return PROCESS;
        }
        return announcement.host().equals(host) ? HOST : CLUSTER;
    }
}
