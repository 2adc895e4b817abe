package dev.vap.standalone.demo;

import dev.vap.inference.model.DownloadException;
import dev.vap.inference.model.ModelDownload;

/** Gets a file whose check sum is known, unless it is there and whole. */
@FunctionalInterface
interface Fetcher {

    /**
     * @throws DownloadException with a sentence for the user; the target is as it was then
     */
    void fetch(ModelDownload.Item item) throws DownloadException;
}
