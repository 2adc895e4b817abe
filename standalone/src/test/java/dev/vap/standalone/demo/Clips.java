package dev.vap.standalone.demo;

import java.io.IOException;
import java.nio.file.Path;

/** Clips for tests of other packages. */
public final class Clips {

    private Clips() {}

    public static Path drawn(Path file, int frames) throws IOException {
        DrawnClip.draw(file, frames);
        return file;
    }
}
