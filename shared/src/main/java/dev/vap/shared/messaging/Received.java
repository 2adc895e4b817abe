package dev.vap.shared.messaging;

/** A record as it came; {@code value} is null for a tombstone. */
public record Received(String topic, int partition, long offset, String key, String value) {}
