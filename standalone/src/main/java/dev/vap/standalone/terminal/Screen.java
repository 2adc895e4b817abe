package dev.vap.standalone.terminal;

import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Lines on standard output, notes, and a progress bar that stays below both where standard error is a terminal. Uses
 * carriage returns and blanks only, and nothing but plain lines where there is no terminal. Thread-safe.
 */
public final class Screen {

    private static final long REDRAW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Console console;
    private final PrintStream notes;
    private final boolean notesTerminal;
    private final LongSupplier nanoTime;
    private final boolean cutsLines;
    private String bar = "";
    private long drawnAt;
    private boolean drawnBefore;
    private boolean stopping;

    /**
     * @param machine whether standard output is for a program, so that notes go to standard error
     */
    public Screen(Console console, boolean machine, LongSupplier nanoTime) {
        this.console = console;
        this.notes = machine ? console.err() : console.out();
        this.notesTerminal = machine ? console.errTerminal() : console.outTerminal();
        this.nanoTime = nanoTime;
        this.cutsLines = !machine && console.outTerminal();
    }

    public boolean showsBar() {
        return console.errTerminal();
    }

    /** What the user wants to know beside the results. */
    public synchronized void note(String text) {
        print(notes, notesTerminal, List.of(text));
    }

    /** What went wrong; always on standard error. */
    public synchronized void complain(String text) {
        print(console.err(), console.errTerminal(), List.of(text));
    }

    /** All lines in one write; those too long for a terminal are cut, unless they are for a program. */
    public synchronized void lines(List<String> lines) {
        print(console.out(), console.outTerminal(), cutsLines ? cut(lines) : lines);
    }

    /** Whether nobody reads standard output any more. */
    public synchronized boolean broken() {
        return console.out().checkError();
    }

    /** Draws the bar, unless it was drawn less than a tenth of a second ago or there is no terminal. */
    public synchronized void bar(String text) {
        long now = nanoTime.getAsLong();
        if (stopping || !showsBar() || (drawnBefore && now - drawnAt < REDRAW_NANOS)) {
            return;
        }
        drawnBefore = true;
        drawnAt = now;
        String cut = ProgressBar.cut(text, console.columns() - 1);
        console.err().print("\r" + padded(cut, bar.length()));
        console.err().flush();
        bar = cut;
    }

    /** Says that the end has begun, below the {@code ^C} that terminals show; there is no bar from now on. */
    public synchronized void stopping() {
        stopping = true;
        boolean freshLine = console.errTerminal();
        bar = "";
        console.err().println((freshLine ? System.lineSeparator() : "") + "Stopping ...");
        console.err().flush();
    }

    /** Takes the bar away. */
    public synchronized void clearBar() {
        if (!bar.isEmpty()) {
            console.err().print("\r" + " ".repeat(bar.length()) + "\r");
            console.err().flush();
            bar = "";
        }
    }

    public int columns() {
        return console.columns() - 1;
    }

    private void print(PrintStream stream, boolean terminal, List<String> lines) {
        if (lines.isEmpty()) {
            return;
        }
        boolean overBar = terminal && !bar.isEmpty();
        StringBuilder text = new StringBuilder();
        if (overBar) {
            text.append('\r');
        }
        for (int i = 0; i < lines.size(); i++) {
            text.append(overBar && i == 0 ? padded(lines.get(i), bar.length()) : lines.get(i))
                    .append(System.lineSeparator());
        }
        stream.print(text);
        stream.flush();
        if (overBar) {
            console.err().print(bar);
            console.err().flush();
        }
    }

    private List<String> cut(List<String> lines) {
        return lines.stream()
                .map(line -> ProgressBar.cut(line, console.columns() - 1))
                .toList();
    }

    private static String padded(String text, int length) {
        return text.length() >= length ? text : text + " ".repeat(length - text.length());
    }
}
