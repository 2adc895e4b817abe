/** A real PostgreSQL and a real Kafka broker inside this process; knows nothing of the rest of VAP. */
package dev.vap.embedded;
