package dev.vap.inference.tuning;

import dev.vap.inference.model.ModelDownload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * SHA-256 of models, remembered in a file by path, size and time of the last change, so that large models need not be read
 * whole to find what was measured of them. For that alone: whoever has to be sure of a file reads it. What can't be read or
 * written is as if nothing were remembered; the last of two writers wins. Thread-safe.
 */
public final class Checksums {

    private static final int MAX_ENTRIES = 1_000;
    private static final int MAX_BYTES = 4 << 20;
    private static final int FIELDS = 4;

    private final Path file;
    private final Hasher hasher;

    /** Reads a file whole. */
    @FunctionalInterface
    interface Hasher {
        String sha256(Path model) throws IOException;
    }

    public Checksums(Path file) {
        this(file, ModelDownload::sha256);
    }

    Checksums(Path file, Hasher hasher) {
        this.file = file;
        this.hasher = hasher;
    }

    /**
     * @return lower-case hexadecimal
     */
    public synchronized String of(Path model) throws IOException {
        String path = model.toAbsolutePath().normalize().toString();
        String looks =
                Files.size(model) + "\t" + Files.getLastModifiedTime(model).toInstant();
        Map<String, List<String>> known = read();
        List<String> before = known.remove(path);
        if (before != null && before.get(0).equals(looks)) {
            return before.get(1);
        }
        String sha256 = hasher.sha256(model);
        if (path.chars().noneMatch(Character::isISOControl)) {
            known.put(path, List.of(looks, sha256));
            write(known);
        }
        return sha256;
    }

    /** What the file looked like and its SHA-256, by its path; the oldest first. */
    private Map<String, List<String>> read() {
        Map<String, List<String>> known = new LinkedHashMap<>();
        try {
            if (Files.isRegularFile(file) && Files.size(file) <= MAX_BYTES) {
                for (String line : Files.readAllLines(file)) {
                    String[] fields = line.split("\t", FIELDS);
                    if (fields.length == FIELDS) {
                        known.put(fields[3], List.of(fields[0] + "\t" + fields[1], fields[2]));
                    }
                }
            }
        } catch (IOException e) {
            known.clear();
        }
        return known;
    }

    private void write(Map<String, List<String>> known) {
        List<String> lines = new ArrayList<>();
        known.forEach((path, seen) -> lines.add(seen.get(0) + "\t" + seen.get(1) + "\t" + path + "\n"));
        try {
            WholeFile.replace(
                    file,
                    lines.stream().skip(Math.max(0, lines.size() - MAX_ENTRIES)).collect(Collectors.joining()));
        } catch (IOException e) {
            // It is read again the next time.
        }
    }
}
