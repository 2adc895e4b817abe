package dev.vap.runner.net;

import dev.vap.runner.decode.ByteStream;
import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.SourceFault;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A remote file or stream over HTTP. Goes to another position by asking again from there on. */
final class HttpStream implements ByteStream {
    /** Reading so many bytes is quicker than another request. */
    private static final int READ_ON = 64 * 1024;

    /** The position of a closed answer, which nothing can be read on from. */
    private static final long NOWHERE = Long.MAX_VALUE;

    private static final Pattern CONTENT_RANGE =
            Pattern.compile("(?i)\\s*bytes\\s+(\\d{1,18})-\\d{1,18}/(\\d{1,18}|\\*)\\s*");

    private final HttpSession session;
    private final HttpTarget asked;
    private final long size;
    private final boolean seekable;

    private HttpAnswer answer;
    /** Of the next byte of the answer. */
    private long position;
    /** Of the next byte to be read by the caller. */
    private long wanted;

    private HttpStream(HttpSession session, HttpTarget asked, HttpAnswer answer) {
        this.session = session;
        this.asked = asked;
        this.answer = answer;
        this.size =
                answer.status() == 206 ? range(answer).total() : answer.body().length();
        boolean ranges = answer.status() == 206
                || answer.head().first("Accept-Ranges").orElse("none").strip().equalsIgnoreCase("bytes");
        this.seekable = ranges && size >= 0;
    }

    /**
     * @throws MediaException if there is no answer, or none with content
     */
    static HttpStream open(HttpSession session, HttpTarget target, long deadlineNanos) {
        HttpAnswer answer = session.send(new HttpSession.Ask(target, Map.of(), null), deadlineNanos);
        try {
            requireContent(answer);
            if (answer.status() == 206 && range(answer).from() != 0) {
                throw wrongRange(answer);
            }
            return new HttpStream(session, target, answer);
        } catch (RuntimeException e) {
            answer.close();
            throw e;
        }
    }

    private static void requireContent(HttpAnswer answer) {
        if (answer.status() < 200 || answer.status() > 299) {
            throw HttpFaults.status(answer);
        }
    }

    @Override
    public int read(byte[] target, int offset, int length, long deadlineNanos) {
        if (size >= 0 && wanted >= size) {
            return -1;
        }
        if (wanted != position) {
            move(deadlineNanos);
        }
        int count = session.read(answer, target, offset, length, deadlineNanos);
        if (count > 0) {
            position += count;
            wanted = position;
        }
        return count;
    }

    private void move(long deadlineNanos) {
        if (wanted < position || wanted - position > READ_ON) {
            ask(deadlineNanos);
            return;
        }
        byte[] skipped = new byte[8192];
        while (position < wanted) {
            int count =
                    session.read(answer, skipped, 0, (int) Math.min(skipped.length, wanted - position), deadlineNanos);
            if (count < 0) {
                throw new MediaException(SourceFault.IO, answer.target().shown() + " sent less than it said.");
            }
            position += count;
        }
    }

    private void ask(long deadlineNanos) {
        answer.close();
        position = NOWHERE;
        Map<String, String> headers = Map.of("Range", "bytes=" + wanted + "-");
        answer = session.send(new HttpSession.Ask(asked, headers, null), deadlineNanos);
        try {
            requireContent(answer);
            if (answer.status() != 206 || range(answer).from() != wanted) {
                throw wrongRange(answer);
            }
            if (range(answer).total() >= 0 && range(answer).total() != size) {
                throw new MediaException(
                        SourceFault.IO, "The file at " + answer.target().shown() + " changed while it was read.");
            }
            position = wanted;
        } catch (RuntimeException e) {
            answer.close();
            throw e;
        }
    }

    private static MediaException wrongRange(HttpAnswer answer) {
        return new MediaException(
                SourceFault.IO,
                answer.target().shown() + " offers to send parts of the file, but sent another one than asked for.");
    }

    /**
     * Which part an answer says it is.
     *
     * @param from -1 if it does not say
     * @param total -1 if it does not say
     */
    private record Range(long from, long total) {}

    private static Range range(HttpAnswer answer) {
        Matcher m = CONTENT_RANGE.matcher(answer.head().first("Content-Range").orElse(""));
        if (!m.matches()) {
            return new Range(-1, -1);
        }
        return new Range(Long.parseLong(m.group(1)), m.group(2).equals("*") ? -1 : Long.parseLong(m.group(2)));
    }

    HttpAnswer answer() {
        return answer;
    }

    @Override
    public boolean seekable() {
        return seekable;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void seek(long target) {
        if (!seekable || target < 0) {
            throw new IllegalArgumentException("can't go to " + target);
        }
        wanted = target;
    }

    @Override
    public String contentType() {
        return answer.contentType();
    }

    @Override
    public String address() {
        return answer.target().url();
    }

    @Override
    public void close() {
        answer.close();
    }
}
