/** Kafka to PostgreSQL and to the event bus: results and status changes. */
package dev.vap.api.inbox;
