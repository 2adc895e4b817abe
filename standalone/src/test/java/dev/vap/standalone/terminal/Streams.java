package dev.vap.standalone.terminal;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Standard output and error that tests can read. */
public final class Streams {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    /** Both streams are terminals or none is. */
    public Console console(boolean terminal, int columns) {
        return console(terminal, terminal, columns);
    }

    public Console console(boolean outTerminal, boolean errTerminal, int columns) {
        return new Console(stream(out), stream(err), outTerminal, errTerminal, columns);
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    public synchronized String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    public synchronized String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
