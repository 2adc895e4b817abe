package dev.vap.embedded;

import java.nio.file.Path;

/** Holds the lock of a data directory in a JVM of its own until the end of its input. */
final class ChildHolder {
    private ChildHolder() {}

    public static void main(String[] args) throws Exception {
        DataDirectoryLock lock = DataDirectoryLock.acquire(Path.of(args[0]), "vap");
        System.out.println("READY");
        while (System.in.read() >= 0) {
            // Until the parent closes its end, or dies.
        }
        lock.close();
    }
}
