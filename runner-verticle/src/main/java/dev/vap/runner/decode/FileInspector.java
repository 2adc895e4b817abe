package dev.vap.runner.decode;

import dev.vap.shared.domain.SourceFault;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;

/**
 * Looks at a file without FFmpeg: refuses before opening what must not be opened, and finds words for what FFmpeg only
 * calls invalid data.
 */
final class FileInspector {
    private static final int HEAD = 4096;
    private static final int MAX_BOXES = 10_000;

    /** First bytes (ISO 8859-1), and what starts with them. */
    private record Magic(String prefix, String what) {}

    private static final List<Magic> MAGICS = List.of(
            new Magic("\u00ff\u00d8\u00ff", "a JPEG picture"),
            new Magic("\u0089PNG\r\n", "a PNG picture"),
            new Magic("BM", "a BMP picture"),
            new Magic("II*\0", "a TIFF picture"),
            new Magic("MM\0*", "a TIFF picture"),
            new Magic("%PDF-", "a PDF document"),
            new Magic("PK\3\4", "a ZIP archive"),
            new Magic("\u001f\u008b", "a gzip archive"),
            new Magic("7z\u00bc\u00af", "a 7-Zip archive"),
            new Magic("Rar!", "a RAR archive"),
            new Magic("\177ELF", "a program"));

    private FileInspector() {}

    /**
     * Throws unless the file is a regular one with at least one byte. Symbolic links are followed. A named pipe or a
     * device is refused here, since opening one may block without any deadline.
     */
    static void requireReadable(Path path, String subject) {
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(path, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            throw new MediaException(SourceFault.NOT_FOUND, subject + " does not exist.", e);
        } catch (AccessDeniedException e) {
            throw notPermitted(subject, e);
        } catch (IOException e) {
            throw new MediaException(
                    SourceFault.NOT_FOUND, subject + " leads nowhere: its name or a link can't be followed.", e);
        }
        if (attributes.isDirectory()) {
            throw new MediaException(SourceFault.NOT_A_VIDEO, subject + " is a folder: choose a video file in it.");
        }
        if (!attributes.isRegularFile()) {
            throw new MediaException(
                    SourceFault.NOT_ALLOWED,
                    subject + " is a pipe, socket or device, not a regular file: choose a file.");
        }
        if (attributes.size() == 0) {
            throw new MediaException(SourceFault.EMPTY, subject + " is empty (0 bytes): upload or copy it again.");
        }
        if (!Files.isReadable(path)) {
            throw notPermitted(subject, null);
        }
    }

    /** Why FFmpeg may have found no media in the file; never fails itself. */
    static MediaException explain(Path path, String subject, String ffmpegSays) {
        String head;
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            byte[] bytes = new byte[(int) Math.min(HEAD, file.length())];
            file.readFully(bytes);
            head = new String(bytes, StandardCharsets.ISO_8859_1);
            if (looksLikeMp4(head)) {
                return explainMp4(file, subject, ffmpegSays);
            }
        } catch (IOException e) {
            return new MediaException(SourceFault.IO, subject + " can't be read: the disk reports an error.", e);
        }
        String script = script(head);
        if (script != null) {
            return new MediaException(
                    SourceFault.NOT_ALLOWED,
                    subject + " is " + script + ", which may open other files: choose a video file.");
        }
        String what = picture(head);
        return new MediaException(
                SourceFault.NOT_A_VIDEO, subject + " is " + what + ", not a video: choose a file such as MP4 or MKV.");
    }

    private static MediaException notPermitted(String subject, Throwable cause) {
        return new MediaException(SourceFault.NOT_ALLOWED, subject + " may not be read: check its permissions.", cause);
    }

    private static String script(String head) {
        String start = head.stripLeading();
        String lower = start.toLowerCase(Locale.ROOT);
        if (start.startsWith("#EXTM3U") || start.startsWith("\u00ef\u00bb\u00bf#EXTM3U")) {
            return "a playlist (HLS)";
        }
        if (start.startsWith("ffconcat version")) {
            return "a list of files (ffconcat)";
        }
        if (lower.contains("<mpd")) {
            return "a playlist (DASH)";
        }
        if (lower.contains("<smil") || lower.startsWith("[playlist]") || lower.startsWith("[reference]")) {
            return "a playlist";
        }
        return start.startsWith("v=0\r\n") || start.startsWith("v=0\n") ? "a stream description (SDP)" : null;
    }

    private static String picture(String head) {
        for (Magic magic : MAGICS) {
            if (head.startsWith(magic.prefix())) {
                return magic.what();
            }
        }
        if (head.startsWith("RIFF") && head.startsWith("WEBP", 8)) {
            return "a WebP picture";
        }
        String lower = head.toLowerCase(Locale.ROOT);
        if (lower.contains("<html") || lower.contains("<!doctype html")) {
            return "a web page";
        }
        boolean text = head.chars().allMatch(c -> (c >= ' ' && c != 127) || c == '\n' || c == '\r' || c == '\t');
        return text ? "text" : "unknown data";
    }

    private static boolean looksLikeMp4(String head) {
        return head.startsWith("ftyp", 4) || head.startsWith("moov", 4) || head.startsWith("mdat", 4);
    }

    /** Walks the top-level boxes: a lost index is the usual fate of a recording or an upload that was cut off. */
    private static MediaException explainMp4(RandomAccessFile file, String subject, String ffmpegSays)
            throws IOException {
        long length = file.length();
        long at = 0;
        boolean index = false;
        for (int boxes = 0; boxes < MAX_BOXES && at + 8 <= length; boxes++) {
            file.seek(at);
            long size = file.readInt() & 0xffff_ffffL;
            byte[] type = new byte[4];
            file.readFully(type);
            if (size == 1 && at + 16 <= length) {
                size = file.readLong();
            } else if (size == 0) {
                size = length - at;
            }
            index |= new String(type, StandardCharsets.ISO_8859_1).equals("moov") && at + size <= length;
            if (size < 8 || at + size > length) {
                break;
            }
            at += size;
        }
        if (!index) {
            return new MediaException(
                    SourceFault.CORRUPT,
                    subject + " is cut off: its index (moov) is missing, so record, upload or copy it again.");
        }
        return new MediaException(
                SourceFault.CORRUPT, subject + " is damaged: its index can't be read (" + ffmpegSays + ").");
    }
}
