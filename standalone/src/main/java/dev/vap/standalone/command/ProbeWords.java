package dev.vap.standalone.command;

import dev.vap.shared.protocol.ProbeReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a source is, line by line; what is not known is left out. */
final class ProbeWords {

    private static final int WIDTH = 14;

    private final List<String> lines = new ArrayList<>();

    private ProbeWords() {}

    /**
     * @param source as the user gave it, without credentials
     */
    static List<String> of(String source, ProbeReport report) {
        ProbeWords words = new ProbeWords();
        words.add("source", source);
        words.add("stream", report.stream() == null || report.stream().equals(source) ? null : report.stream());
        words.add("kind", report.live() ? "live" : "recording");
        words.add("container", report.container());
        words.add("codec", report.codec());
        words.add("size", report.width() > 0 ? report.width() + "x" + report.height() : null);
        words.add("frames/s", report.fps() > 0 ? number(report.fps()) : null);
        words.add("bitrate", report.bitrate() > 0 ? bitrate(report.bitrate()) : null);
        words.add("duration", report.durationMillis() > 0 ? duration(report.durationMillis()) : null);
        words.add("frames", report.frames() > 0 ? report.frames() : null);
        words.add("first frame", report.firstFrameMillis() >= 0 ? "after " + report.firstFrameMillis() + " ms" : null);
        words.add("runner", report.runnerId());
        return words.lines;
    }

    private static String number(double value) {
        String text = String.format(Locale.ROOT, "%.2f", value);
        return text.replaceAll("\\.?0+$", "");
    }

    private static String bitrate(long bits) {
        return bits < 1_000_000
                ? String.format(Locale.ROOT, "%.0f kbit/s", bits / 1e3)
                : String.format(Locale.ROOT, "%.1f Mbit/s", bits / 1e6);
    }

    private static String duration(long millis) {
        return String.format(
                Locale.ROOT, "%d:%02d:%04.1f", millis / 3_600_000, millis / 60_000 % 60, millis % 60_000 / 1e3);
    }

    private void add(String name, Object value) {
        if (value != null) {
            String text = value.toString().replaceAll("\\p{Cntrl}", "?");
            lines.add(name + " ".repeat(WIDTH - name.length()) + text);
        }
    }
}
