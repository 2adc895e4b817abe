/** All services in one JVM, with PostgreSQL and Kafka, from start to stop. */
package dev.vap.standalone.platform;
