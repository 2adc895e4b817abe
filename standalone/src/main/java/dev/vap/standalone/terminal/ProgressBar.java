package dev.vap.standalone.terminal;

import java.util.Locale;

/** The text of a progress bar, ASCII only. */
public final class ProgressBar {

    private static final int WIDEST = 40;
    private static final int NARROWEST = 10;

    private ProgressBar() {}

    /**
     * {@code [#####.....]  45 %  627/1394 frames  131.2/s  0:06 left}
     *
     * @param total 0 or less if unknown
     * @param unit of what is counted
     * @param perSecond 0 if unknown
     * @param columns that the text may take
     */
    public static String text(long done, long total, String unit, double perSecond, int columns) {
        if (total <= 0) {
            return cut(done + " " + unit + rate(perSecond), columns);
        }
        long shown = Math.min(done, total);
        String words = String.format(Locale.ROOT, "%3d %%  %d/%d %s", 100 * shown / total, shown, total, unit)
                + rate(perSecond)
                + left(total - shown, perSecond);
        int width = Math.min(WIDEST, columns - words.length() - 4);
        if (width < NARROWEST) {
            return cut(words, columns);
        }
        int filled = (int) (width * shown / total);
        return "[" + "#".repeat(filled) + ".".repeat(width - filled) + "] " + words;
    }

    private static String rate(double perSecond) {
        return perSecond > 0 ? String.format(Locale.ROOT, "  %.1f/s", perSecond) : "";
    }

    private static String left(long rest, double perSecond) {
        if (!(perSecond > 0) || rest == 0) {
            return "";
        }
        long seconds = Math.round(rest / perSecond);
        return String.format(Locale.ROOT, "  %d:%02d left", seconds / 60, seconds % 60);
    }

    static String cut(String text, int columns) {
        return text.length() <= columns ? text : text.substring(0, Math.max(0, columns - 3)) + "...";
    }
}
