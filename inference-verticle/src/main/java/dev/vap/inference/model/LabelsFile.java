package dev.vap.inference.model;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A file of labels, named by a catalogue or beside the model: one a line, UTF-8, empty lines left out. */
final class LabelsFile {

    private static final long MAX_BYTES = 1 << 20;

    private LabelsFile() {}

    /**
     * @throws VapException {@code model_unsupported}, with what is wrong with the file
     */
    static List<String> read(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw wrong(file, "is larger than " + MAX_BYTES + " bytes, so it is no list of labels", null);
            }
            List<String> labels = Files.readAllLines(file).stream()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList();
            if (labels.isEmpty()) {
                throw wrong(file, "is empty: give one label a line", null);
            }
            return labels;
        } catch (CharacterCodingException e) {
            throw wrong(file, "is no text in UTF-8: give one label a line", e);
        } catch (IOException e) {
            throw wrong(file, "can't be read: check the file and its rights", e);
        }
    }

    private static VapException wrong(Path file, String what, IOException cause) {
        return new VapException(
                ErrorCode.MODEL_UNSUPPORTED, "The labels file " + file.getFileName() + " " + what + ".", cause);
    }
}
