package dev.vap.inference.model;

import java.net.URI;

/**
 * A model that could be used.
 *
 * @param file its path in the model directory; null if it needs none
 * @param url where {@code vap models pull} gets it; null if nowhere
 * @param sha256 of the file, lower-case hexadecimal; null if unknown (a file of the user's own)
 * @param licence SPDX identifier; null if unknown
 * @param bytes of the file; -1 if unknown or no file is needed
 * @param present whether it is there, or needs no file
 * @param spec what is said of the network; its labels are null where they are in {@code labelsFile}
 * @param labelsFile path in the model directory of a file with a label a line; null if none was named
 * @param run how it is to be run
 * @param problem what is wrong with what the catalogue says of it, which makes it unusable; null if nothing
 * @param origin file and line that declare it, {@code models.yaml:3}; null if built in or found as a file
 */
public record CatalogEntry(
        String name,
        DetectorKind detector,
        String file,
        URI url,
        String sha256,
        String licence,
        long bytes,
        boolean present,
        ModelSpec spec,
        String labelsFile,
        RunSpec run,
        String problem,
        String origin) {

    /** A model of which nothing more is said. */
    public CatalogEntry(
            String name,
            DetectorKind detector,
            String file,
            URI url,
            String sha256,
            String licence,
            long bytes,
            boolean present) {
        this(
                name,
                detector,
                file,
                url,
                sha256,
                licence,
                bytes,
                present,
                ModelSpec.UNKNOWN,
                null,
                RunSpec.UNKNOWN,
                null,
                null);
    }

    /** The same model from elsewhere: a mirror. */
    public CatalogEntry withUrl(URI mirror) {
        return new CatalogEntry(
                name, detector, file, mirror, sha256, licence, bytes, present, spec, labelsFile, run, problem, origin);
    }

    CatalogEntry withPresent(boolean isPresent, long size) {
        return new CatalogEntry(
                name, detector, file, url, sha256, licence, size, isPresent, spec, labelsFile, run, problem, origin);
    }

    CatalogEntry withProblem(String text) {
        return new CatalogEntry(
                name, detector, file, url, sha256, licence, bytes, present, spec, labelsFile, run, text, origin);
    }

    CatalogEntry withoutOrigin() {
        return new CatalogEntry(
                name, detector, file, url, sha256, licence, bytes, present, spec, labelsFile, run, problem, null);
    }
}
