package dev.vap.embedded;

import io.zonky.test.db.postgres.util.ArchUtils;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tukaani.xz.XZInputStream;

/**
 * The PostgreSQL programs of this platform, unpacked from the class path into a directory named after the archive's
 * digest. It appears there by one rename, so that it is whole or absent, and any number of processes may unpack at the
 * same time: the first one wins, the others throw their copy away.
 */
final class PostgresBinaries {
    private static final Logger log = LoggerFactory.getLogger(PostgresBinaries.class);
    private static final boolean WINDOWS = osName().startsWith("windows");

    private final Path root;

    private PostgresBinaries(Path root) {
        this.root = root;
    }

    /** @param cache where the programs of all versions are kept, created if missing */
    static PostgresBinaries unpack(Path cache) {
        try {
            byte[] archive = archive();
            Path root = cache.resolve("postgres-" + digest(archive));
            if (!Files.isDirectory(root)) {
                long started = System.nanoTime();
                Files.createDirectories(cache);
                unpack(archive, cache, root);
                log.info("Unpacked PostgreSQL into {} in {} ms", root, (System.nanoTime() - started) / 1_000_000);
            }
            return new PostgresBinaries(root);
        } catch (IOException e) {
            throw new EmbeddedServerException(
                    "The PostgreSQL programs could not be unpacked into %s: make it writable, or give a running server with --database-url."
                            .formatted(cache),
                    e);
        }
    }

    Path program(String name) {
        return root.resolve("bin").resolve(WINDOWS ? name + ".exe" : name);
    }

    /** The major version of the programs, such as 18. */
    int majorVersion() throws IOException {
        Path share = root.resolve("share");
        Path unix = share.resolve("postgresql").resolve("postgres.bki");
        // It begins with a line such as "# PostgreSQL 18"; initdb makes sure of that as well.
        try (Stream<String> lines = Files.lines(Files.exists(unix) ? unix : share.resolve("postgres.bki"))) {
            return Integer.parseInt(lines.findFirst().orElse("").replaceAll("\\D", ""));
        } catch (NumberFormatException e) {
            throw new IOException("No version in " + share, e);
        }
    }

    private static byte[] archive() throws IOException {
        String architecture = System.getProperty("os.arch");
        // As the jars with the programs name it: postgres-linux-x86_64.txz.
        String name = "/postgres-%s-%s.txz".formatted(system(), ArchUtils.normalize(architecture));
        try (InputStream in = PostgresBinaries.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new EmbeddedServerException(
                        "There are no PostgreSQL programs for %s on %s in this build: give a running server with --database-url."
                                .formatted(System.getProperty("os.name"), architecture));
            }
            return in.readAllBytes();
        }
    }

    private static String system() {
        if (WINDOWS) {
            return "windows";
        }
        return osName().startsWith("mac") ? "darwin" : "linux";
    }

    private static String osName() {
        return System.getProperty("os.name").toLowerCase(Locale.ROOT);
    }

    private static String digest(byte[] archive) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(archive);
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static void unpack(byte[] archive, Path cache, Path root) throws IOException {
        Path unfinished = Files.createTempDirectory(cache, "unpacking-");
        try {
            extract(archive, unfinished);
            try {
                Files.move(unfinished, root, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(unfinished, root);
            } catch (IOException e) {
                if (!Files.isDirectory(root)) {
                    throw e;
                }
            }
        } finally {
            if (Files.exists(unfinished)) {
                FileTrees.delete(unfinished);
            }
        }
    }

    private static void extract(byte[] archive, Path target) throws IOException {
        try (TarArchiveInputStream tar = new TarArchiveInputStream(
                new BufferedInputStream(new XZInputStream(new ByteArrayInputStream(archive)), 1 << 16))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                extract(tar, entry, target);
            }
        }
    }

    private static void extract(TarArchiveInputStream tar, TarArchiveEntry entry, Path target) throws IOException {
        Path path = target.resolve(entry.getName()).normalize();
        if (!path.startsWith(target)) {
            throw new IOException("An entry leaves the archive: " + entry.getName());
        }
        if (entry.isDirectory()) {
            Files.createDirectories(path);
            return;
        }
        Files.createDirectories(path.getParent());
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
        } else {
            Files.copy(tar, path);
            if (path.getParent().endsWith("bin") && !WINDOWS && !path.toFile().setExecutable(true, false)) {
                throw new IOException("Not executable: " + path);
            }
        }
    }
}
