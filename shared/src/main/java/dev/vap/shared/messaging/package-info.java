/** Kafka: publishing, consuming with commits after the transaction, dead letters, the outbox relay. */
package dev.vap.shared.messaging;
