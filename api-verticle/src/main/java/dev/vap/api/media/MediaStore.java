package dev.vap.api.media;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The media root as a place for uploads. Thread-safe; blocks. One upload of a name at a time: within this process by its own
 * book, between processes that share the folder by a lock on the file, where the file system knows such locks.
 */
public final class MediaStore {

    private static final Logger LOG = LoggerFactory.getLogger(MediaStore.class);

    /** Uploads that nobody went on with for so long are removed at the start. */
    static final Duration ABANDONED = Duration.ofHours(1);

    private final Path root;
    private final long maxBytes;
    private final FreeSpace freeSpace;
    private final Set<String> busy = ConcurrentHashMap.newKeySet();

    /** Bytes that can be written to where a path lies. */
    @FunctionalInterface
    interface FreeSpace {
        long at(Path path) throws IOException;
    }

    /**
     * @param root made with the first upload if it does not exist
     * @param maxBytes of one file
     */
    public MediaStore(Path root, long maxBytes) {
        this(root, maxBytes, path -> Files.getFileStore(path).getUsableSpace());
    }

    MediaStore(Path root, long maxBytes, FreeSpace freeSpace) {
        this.root = root.toAbsolutePath().normalize();
        this.maxBytes = maxBytes;
        this.freeSpace = freeSpace;
    }

    /** A page of what there is, by name. */
    public record Page(List<MediaFile> files, String next) {}

    /**
     * Opens a name to be written from an offset on; whoever gets it closes it.
     *
     * @throws VapException if the name, the offset or a size is not right, or the name is being uploaded
     */
    public PartFile open(String name, ByteRange range) {
        MediaName wanted = MediaName.parse(name);
        checkSize(range);
        if (!busy.add(name)) {
            throw beingUploaded(name);
        }
        try {
            Files.createDirectories(root);
            if (Files.exists(root.resolve(wanted.text()), LinkOption.NOFOLLOW_LINKS)) {
                throw new VapException(
                        ErrorCode.MEDIA_CONFLICT,
                        "There is a file \"" + name + "\" already: delete it first, or take another name.");
            }
            return openPart(name, range);
        } catch (IOException e) {
            busy.remove(name);
            throw explain(e);
        } catch (RuntimeException e) {
            busy.remove(name);
            throw e;
        }
    }

    private PartFile openPart(String name, ByteRange range) throws IOException {
        Optional<Path> existing = part(name);
        OptionalLong size = existing.flatMap(p -> MediaName.Part.of(fileName(p)))
                .map(MediaName.Part::size)
                .filter(OptionalLong::isPresent)
                .orElse(range.total());
        Path named = root.resolve(new MediaName.Part(name, size).fileName());
        Path file = existing.orElse(named);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            lock(channel, name);
            long received = channel.size();
            checkContinues(name, range, received, size);
            if (freeSpace.at(root) < (size.isPresent() ? size.getAsLong() - received : 1)) {
                throw full();
            }
            if (!file.equals(named)) {
                // Its size was not known so far.
                Files.move(file, named, StandardCopyOption.ATOMIC_MOVE);
            }
            channel.position(received);
            return new PartFile(this, name, named, channel, received, size, maxBytes);
        } catch (IOException | RuntimeException e) {
            channel.close();
            if (existing.isEmpty()) {
                Files.deleteIfExists(file);
            }
            throw e;
        }
    }

    private static void checkContinues(String name, ByteRange range, long received, OptionalLong size) {
        if (range.total().isPresent() && size.getAsLong() != range.total().getAsLong()) {
            throw new VapException(
                    ErrorCode.MEDIA_CONFLICT,
                    "\"" + name + "\" was begun as a file of " + size.getAsLong() + " bytes, not of "
                            + range.total().getAsLong()
                            + ": go on with the same file, or delete what there is of it.");
        }
        if (range.first() != received) {
            throw new VapException(
                    ErrorCode.MEDIA_CONFLICT,
                    received == 0
                            ? "Nothing of \"" + name + "\" is there yet: begin at byte 0."
                            : "Of \"" + name + "\" " + received + " bytes are there: go on at byte " + received
                                    + " with a Content-Range, or delete what there is of it.");
        }
    }

    private static void lock(FileChannel channel, String name) {
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw beingUploaded(name);
            }
        } catch (OverlappingFileLockException e) {
            throw beingUploaded(name);
        } catch (IOException e) {
            LOG.debug("the file system of the media root knows no locks: {}", e.getMessage());
        }
    }

    /** The whole file is there, under its name, also after a crash. */
    MediaFile publish(PartFile part) throws IOException {
        Path target = root.resolve(part.name());
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new VapException(
                    ErrorCode.MEDIA_CONFLICT,
                    "A file \"" + part.name() + "\" has come meanwhile: delete it, or take another name.");
        }
        Files.move(part.file(), target, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel folder = FileChannel.open(root, StandardOpenOption.READ)) {
            folder.force(true);
        } catch (IOException e) {
            LOG.debug("folders can't be forced to disk here: {}", e.getMessage());
        }
        return complete(target);
    }

    void release(String name) {
        busy.remove(name);
    }

    /** Fails with MEDIA_NOT_FOUND if nothing of it is there. */
    public MediaFile find(String name) {
        MediaName wanted = MediaName.parse(name);
        try {
            Path whole = root.resolve(wanted.text());
            if (Files.isRegularFile(whole)) {
                return complete(whole);
            }
            Optional<Path> part = part(name);
            if (part.isPresent()) {
                return partial(
                        part.get(), MediaName.Part.of(fileName(part.get())).orElseThrow());
            }
        } catch (IOException e) {
            throw explain(e);
        }
        throw notFound(name);
    }

    /** Where the file lies, as a scenario stores it; empty if there is no whole file. */
    public Optional<String> storedUrl(String name) {
        try {
            Path whole = root.resolve(MediaName.parse(name).text());
            return Files.exists(whole) ? Optional.of("file:" + whole.toRealPath()) : Optional.empty();
        } catch (IOException e) {
            throw explain(e);
        }
    }

    public void delete(String name) {
        MediaName wanted = MediaName.parse(name);
        if (!busy.add(name)) {
            throw beingUploaded(name);
        }
        try {
            Path whole = root.resolve(wanted.text());
            boolean gone = Files.isRegularFile(whole) && Files.deleteIfExists(whole);
            Optional<Path> part = part(name);
            if (part.isPresent()) {
                gone |= Files.deleteIfExists(part.get());
            }
            if (!gone) {
                throw notFound(name);
            }
        } catch (IOException e) {
            throw explain(e);
        } finally {
            busy.remove(name);
        }
    }

    /**
     * @param after the {@code next} of the page before; null for the first one
     */
    public Page list(String after, int limit) {
        TreeMap<String, MediaFile> found = new TreeMap<>();
        try {
            visitAll(file -> {
                MediaFile shown = shown(file);
                if (shown != null && (after == null || shown.name().compareTo(after) > 0)) {
                    // A whole file says more than what is left of an upload under its name.
                    found.merge(shown.name(), shown, (a, b) -> a.complete() ? a : b);
                }
                if (found.size() > limit + 1) {
                    found.pollLastEntry();
                }
            });
        } catch (IOException e) {
            throw explain(e);
        }
        List<MediaFile> page = new ArrayList<>(found.values());
        boolean more = page.size() > limit;
        return new Page(
                more ? List.copyOf(page.subList(0, limit)) : page,
                more ? page.get(limit - 1).name() : null);
    }

    /** Does that to one file after the other, however many there are. */
    private interface Visitor {
        void visit(Path file) throws IOException;
    }

    private void visitAll(Visitor visitor) throws IOException {
        if (!Files.isDirectory(root)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(root)) {
            for (Path file : files) {
                visitor.visit(file);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /** Null if it is none of ours, or has just gone. */
    private static MediaFile shown(Path file) {
        try {
            Optional<MediaName.Part> part = MediaName.Part.of(fileName(file));
            if (part.isPresent()) {
                return partial(file, part.get());
            }
            return fileName(file).startsWith(".") || !Files.isRegularFile(file) ? null : complete(file);
        } catch (IOException e) {
            return null;
        }
    }

    /** Removes what is left of uploads that nobody goes on with. */
    public int removeAbandoned(Instant now) {
        List<Path> abandoned = new ArrayList<>();
        try {
            visitAll(file -> {
                if (MediaName.Part.of(fileName(file)).isPresent() && isAbandoned(file, now)) {
                    abandoned.add(file);
                }
            });
            for (Path file : abandoned) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            LOG.warn("abandoned uploads in {} could not be removed: {}", root, e.getMessage());
        }
        return abandoned.size();
    }

    /** Whoever is writing to it has changed it lately. */
    private static boolean isAbandoned(Path file, Instant now) throws IOException {
        return Files.getLastModifiedTime(file).toInstant().isBefore(now.minus(ABANDONED));
    }

    private Optional<Path> part(String name) throws IOException {
        List<Path> found = new ArrayList<>(1);
        visitAll(file -> MediaName.Part.of(fileName(file))
                .filter(part -> part.name().equals(name))
                .ifPresent(part -> found.add(file)));
        return found.stream().findFirst();
    }

    private void checkSize(ByteRange range) {
        if (range.total().isPresent() && range.total().getAsLong() > maxBytes) {
            throw tooLarge(maxBytes);
        }
        if (range.length().isPresent() && range.length().getAsLong() == 0) {
            throw new VapException(
                    ErrorCode.INVALID_VALUE,
                    "The body is empty: send the bytes of the file, for example with curl -T clip.mp4.");
        }
    }

    private static MediaFile complete(Path file) throws IOException {
        Map<String, Object> at = Files.readAttributes(file, "size,lastModifiedTime");
        long size = (Long) at.get("size");
        return new MediaFile(fileName(file), OptionalLong.of(size), size, true, modified(at));
    }

    private static MediaFile partial(Path file, MediaName.Part part) throws IOException {
        Map<String, Object> at = Files.readAttributes(file, "size,lastModifiedTime");
        return new MediaFile(part.name(), part.size(), (Long) at.get("size"), false, modified(at));
    }

    private static Instant modified(Map<String, Object> attributes) {
        return ((java.nio.file.attribute.FileTime) attributes.get("lastModifiedTime")).toInstant();
    }

    private static String fileName(Path file) {
        return file.getFileName().toString();
    }

    static VapException tooLarge(long maxBytes) {
        return new VapException(
                ErrorCode.PAYLOAD_TOO_LARGE,
                "The file is larger than " + maxBytes + " bytes: make it smaller, or start VAP with another"
                        + " MEDIA_MAX_BYTES.");
    }

    /** What a failure of the disk means to the user. */
    static VapException explain(IOException e) {
        String text = String.valueOf(e.getMessage()).toLowerCase(java.util.Locale.ROOT);
        if (text.contains("no space") || text.contains("not enough space") || text.contains("quota")) {
            return full();
        }
        return new VapException(ErrorCode.INTERNAL, "The media root can't be read or written.", e);
    }

    private static VapException full() {
        return new VapException(
                ErrorCode.MEDIA_DISK_FULL,
                "The disk of the media root has no room for the file: delete something there, then go on.");
    }

    private static VapException beingUploaded(String name) {
        return new VapException(
                ErrorCode.MEDIA_CONFLICT,
                "\"" + name + "\" is being uploaded by somebody else: wait for its end, or take another name.");
    }

    private static VapException notFound(String name) {
        return new VapException(
                ErrorCode.MEDIA_NOT_FOUND,
                "There is no file \"" + name + "\" in the media root: the list shows those there are.");
    }
}
