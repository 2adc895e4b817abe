package dev.vap.api.http;

import dev.vap.api.contract.Parameters;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.storage.StorableTime;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;

/**
 * From when to when.
 *
 * @param since inclusive; null for no limit
 * @param until exclusive; null for no limit
 */
record TimeSpan(Instant since, Instant until) {

    /**
     * @throws VapException of INVALID_VALUE
     */
    static TimeSpan of(Parameters parameters) {
        Instant since = parameters.text("since").map(t -> instant("since", t)).orElse(null);
        Instant until = parameters.text("until").map(t -> instant("until", t)).orElse(null);
        return new TimeSpan(since, until).checked();
    }

    /** With what is usual where nothing was said: up to now, and so long. */
    TimeSpan orLast(Duration length, Instant now) {
        Instant end = until == null ? now : until;
        return new TimeSpan(since == null ? end.minus(length) : since, end).checked();
    }

    /** Widened to whole multiples of a step since the epoch. */
    TimeSpan widened(Duration step) {
        long seconds = step.toSeconds();
        long first = Math.floorDiv(since.getEpochSecond(), seconds);
        long last = Math.floorDiv(until.getEpochSecond(), seconds);
        boolean whole = Instant.ofEpochSecond(last * seconds).equals(until);
        return new TimeSpan(
                Instant.ofEpochSecond(first * seconds), Instant.ofEpochSecond((whole ? last : last + 1) * seconds));
    }

    long steps(Duration step) {
        return (until.getEpochSecond() - since.getEpochSecond()) / step.toSeconds();
    }

    private TimeSpan checked() {
        if (since != null && until != null && !since.isBefore(until)) {
            throw new VapException(ErrorCode.INVALID_VALUE, "\"since\" must be before \"until\".");
        }
        return this;
    }

    private static Instant instant(String name, String text) {
        try {
            Instant instant = OffsetDateTime.parse(text).toInstant();
            if (StorableTime.holds(instant)) {
                return instant;
            }
        } catch (DateTimeException e) {
            // Such as a thirteenth month: said below.
        }
        throw new VapException(
                ErrorCode.INVALID_VALUE, "\"" + name + "\" must be an instant such as 2026-01-31T12:00:00Z.");
    }
}
