package dev.vap.shared.storage;

import java.time.Instant;

/** What a timestamptz holds with room to spare; beyond it the driver fails as if the server were away. */
public final class StorableTime {

    private static final Instant OLDEST = Instant.parse("0001-01-01T00:00:00Z");
    public static final Instant NEWEST = Instant.parse("9999-12-31T23:59:59Z");

    private StorableTime() {}

    public static boolean holds(Instant time) {
        return !time.isBefore(OLDEST) && !time.isAfter(NEWEST);
    }
}
