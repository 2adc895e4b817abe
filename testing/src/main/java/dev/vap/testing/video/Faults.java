package dev.vap.testing.video;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Which faults are switched on, and with which number. Safe for any thread. */
final class Faults {
    private final Map<RtspFault, Integer> active = new ConcurrentHashMap<>();

    void begin(RtspFault fault, int number) {
        active.put(fault, number);
    }

    void end(RtspFault fault) {
        active.remove(fault);
    }

    void endAll() {
        active.clear();
    }

    boolean on(RtspFault fault) {
        return active.containsKey(fault);
    }

    /** 0 if the fault is off. */
    int number(RtspFault fault) {
        return active.getOrDefault(fault, 0);
    }
}
