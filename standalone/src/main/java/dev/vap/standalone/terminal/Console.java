package dev.vap.standalone.terminal;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.Map;

/**
 * Where a command prints to. What is a terminal the script says, since Java can't ask for one stream alone; without its
 * word nothing is.
 *
 * @param columns of the terminal; longer lines would wrap and break the progress bar
 */
public record Console(PrintStream out, PrintStream err, boolean outTerminal, boolean errTerminal, int columns) {

    /** {@code true} or {@code false}, from the script. */
    public static final String OUT_TERMINAL = "VAP_STDOUT_TERMINAL";

    public static final String ERR_TERMINAL = "VAP_STDERR_TERMINAL";
    public static final String COLUMNS = "VAP_COLUMNS";

    private static final int DEFAULT_COLUMNS = 80;
    private static final int MIN_COLUMNS = 20;
    private static final int BUFFER = 1 << 16;

    /** The streams of this process; what is printed is seen only after a flush, or a {@code println} on {@code err}. */
    public static Console system(Map<String, String> environment) {
        Charset charset = Charset.forName(System.getProperty(
                "sun.stdout.encoding",
                System.getProperty("native.encoding", Charset.defaultCharset().name())));
        PrintStream out = new PrintStream(
                new java.io.BufferedOutputStream(new FileOutputStream(FileDescriptor.out), BUFFER), false, charset);
        return new Console(
                out,
                System.err,
                flag(environment.get(OUT_TERMINAL)),
                flag(environment.get(ERR_TERMINAL)),
                columns(environment.get(COLUMNS)));
    }

    private static boolean flag(String text) {
        return text != null && Boolean.parseBoolean(text.strip());
    }

    private static int columns(String text) {
        if (text != null && text.strip().matches("[1-9][0-9]{0,4}")) {
            return Math.max(MIN_COLUMNS, Integer.parseInt(text.strip()));
        }
        return DEFAULT_COLUMNS;
    }
}
