package dev.vap.api.media;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of an uploaded file: one that lies in the media root itself, whatever the file system. What has come of an upload lies
 * beside it as {@code .NAME.SIZE.part}, hidden, with the size of the whole in its name, so that both are there or neither is.
 */
record MediaName(String text) {

    private static final int MAX_BYTES = 200;
    private static final Pattern NAME =
            Pattern.compile("[\\p{L}\\p{N}_(\\[{][\\p{L}\\p{M}\\p{N} ._\\-()\\[\\]{}+,=@&!'#]*(?<![ .])");
    private static final Pattern PART = Pattern.compile("\\.(.+)\\.(\\d{1,19}|unknown)\\.part");

    /** Where an upload stands while it is under way. */
    record Part(String name, OptionalLong size) {

        static Optional<Part> of(String fileName) {
            Matcher m = PART.matcher(fileName);
            if (!m.matches()) {
                return Optional.empty();
            }
            try {
                OptionalLong size = m.group(2).equals("unknown")
                        ? OptionalLong.empty()
                        : OptionalLong.of(Long.parseLong(m.group(2)));
                return Optional.of(new Part(m.group(1), size));
            } catch (NumberFormatException e) {
                return Optional.empty();
            }
        }

        String fileName() {
            return "." + name + "." + (size.isPresent() ? String.valueOf(size.getAsLong()) : "unknown") + ".part";
        }
    }

    /**
     * @throws VapException if it is no plain name
     */
    static MediaName parse(String text) {
        if (text == null || text.isEmpty()) {
            throw new VapException(
                    ErrorCode.MISSING_FIELD, "\"name\" is missing: give the file a name, for example ?name=clip.mp4.");
        }
        if (text.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES
                || !NAME.matcher(text).matches()) {
            throw new VapException(
                    ErrorCode.INVALID_VALUE,
                    "\"name\" must be a plain file name of at most 200 bytes, such as clip.mp4: letters, digits, blanks,"
                            + " dots, dashes, underscores and brackets, without a folder, and no dot at its beginning.");
        }
        return new MediaName(text);
    }

    /** As a scenario names it: the path is relative to the media root. */
    static String cameraUrl(String name) {
        return name.indexOf(':') < 0 ? name : "file:" + name;
    }
}
