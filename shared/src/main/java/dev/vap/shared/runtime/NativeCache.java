package dev.vap.shared.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.CRC32;

/**
 * Native libraries, unpacked once per user and version instead of once per process: the loaders inside the jars of OpenCV
 * and ONNX Runtime write 90 MB to the temporary directory at every start and leave them there when the process is killed.
 * Thread-safe, also between processes.
 */
public final class NativeCache {

    private NativeCache() {}

    /**
     * Unpacks the resources side by side.
     *
     * @param name of the library and its version, for people who look into the cache
     * @param resources absolute names on the class path
     * @return the directory that holds them, below {@code $XDG_CACHE_HOME/vap} or {@code ~/.cache/vap}, or a temporary one
     *     if that can't be written
     * @throws IOException if a resource is missing (an unsupported platform), or nothing can be written
     */
    public static Path unpack(String name, List<String> resources) throws IOException {
        return unpack(name, resources, base());
    }

    static Path unpack(String name, List<String> resources, Path base) throws IOException {
        List<Entry> entries = new ArrayList<>();
        CRC32 fingerprint = new CRC32();
        for (String resource : resources) {
            Entry entry = entry(resource);
            entries.add(entry);
            for (int shift = 0; shift < 64; shift += 8) {
                fingerprint.update((int) (entry.crc >>> shift));
            }
        }
        Path directory = base.resolve(name + "-" + Long.toHexString(fingerprint.getValue()));
        try {
            unpack(entries, directory);
            return directory;
        } catch (IOException e) {
            // No home, a read-only one, or a full one: containers have many of those.
            Path temporary = Files.createTempDirectory("vap-" + name + "-");
            temporary.toFile().deleteOnExit();
            unpack(entries, temporary);
            entries.forEach(
                    entry -> temporary.resolve(entry.fileName()).toFile().deleteOnExit());
            return temporary;
        }
    }

    private static void unpack(List<Entry> entries, Path directory) throws IOException {
        Files.createDirectories(directory);
        for (Entry entry : entries) {
            Path target = directory.resolve(entry.fileName());
            if (Files.isRegularFile(target) && Files.size(target) == entry.size) {
                continue;
            }
            Path partial = directory.resolve(entry.fileName() + "." + UUID.randomUUID());
            try (InputStream in = open(entry.url)) {
                Files.copy(in, partial);
                Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(partial);
            }
        }
    }

    private static Path base() {
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path caches = xdg != null && Path.of(xdg).isAbsolute()
                ? Path.of(xdg)
                : Path.of(System.getProperty("user.home"), ".cache");
        return caches.resolve("vap").resolve("natives");
    }

    private static Entry entry(String resource) throws IOException {
        URL url = NativeCache.class.getResource(resource);
        if (url == null) {
            throw new IOException(resource + " is not on the class path: there is no native library for this platform");
        }
        URLConnection connection = url.openConnection();
        connection.setUseCaches(false);
        if (connection instanceof JarURLConnection jar) {
            try (JarFile file = jar.getJarFile()) {
                JarEntry zipped = file.getJarEntry(jar.getEntryName());
                if (zipped.getCrc() != -1 && zipped.getSize() != -1) {
                    return new Entry(url, resource, zipped.getCrc(), zipped.getSize());
                }
            }
        }
        CRC32 crc = new CRC32();
        long size = 0;
        byte[] chunk = new byte[1 << 16];
        try (InputStream in = open(url)) {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                crc.update(chunk, 0, n);
                size += n;
            }
        }
        return new Entry(url, resource, crc.getValue(), size);
    }

    private static InputStream open(URL url) throws IOException {
        URLConnection connection = url.openConnection();
        connection.setUseCaches(false);
        return connection.getInputStream();
    }

    private record Entry(URL url, String resource, long crc, long size) {

        String fileName() {
            return resource.substring(resource.lastIndexOf('/') + 1);
        }
    }
}
