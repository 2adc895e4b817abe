package dev.vap.inference.model;

import java.io.IOException;

/** Why a file could not be fetched, in one sentence for the user. */
public class DownloadException extends IOException {

    public DownloadException(String message) {
        super(message);
    }

    public DownloadException(String message, Throwable cause) {
        super(message, cause);
    }
}
