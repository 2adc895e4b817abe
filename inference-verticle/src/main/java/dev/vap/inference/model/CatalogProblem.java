package dev.vap.inference.model;

/**
 * Something wrong in a catalogue file.
 *
 * @param line from 1; 0 if it is the file as a whole
 * @param path of the value, {@code models.helmets.input.size}; empty if it is the file as a whole
 */
public record CatalogProblem(String file, int line, String path, String what) {

    /** {@code models.yaml:12: models.helmets.confidence: must be a number from 0 to 1, but is "high"}. */
    public String sentence() {
        String place = line > 0 ? file + ":" + line : file;
        return place + (path.isEmpty() ? " " : ": " + path + ": ") + what;
    }
}
