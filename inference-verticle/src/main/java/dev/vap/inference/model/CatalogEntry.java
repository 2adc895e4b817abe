package dev.vap.inference.model;

import java.net.URI;

/**
 * A model that could be used.
 *
 * @param file its name in the model directory; null if it needs none
 * @param url where {@code vap models pull} gets it; null if nowhere
 * @param sha256 of the file, lower-case hexadecimal; null if unknown (a file of the user's own)
 * @param licence SPDX identifier; null if unknown
 * @param bytes of the file; -1 if unknown or no file is needed
 * @param present whether it is there, or needs no file
 */
public record CatalogEntry(
        String name,
        DetectorKind detector,
        String file,
        URI url,
        String sha256,
        String licence,
        long bytes,
        boolean present) {

    /** The same model from elsewhere: a mirror. */
    public CatalogEntry withUrl(URI mirror) {
        return new CatalogEntry(name, detector, file, mirror, sha256, licence, bytes, present);
    }

    CatalogEntry withPresent(boolean isPresent) {
        return new CatalogEntry(name, detector, file, url, sha256, licence, bytes, isPresent);
    }
}
