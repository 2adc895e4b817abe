package dev.vap.runner.decode;

import dev.vap.shared.domain.SourceFault;
import java.net.URI;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.Read_packet_Pointer_BytePointer_int;
import org.bytedeco.ffmpeg.avformat.Seek_Pointer_long_int;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * Lets FFmpeg read from {@link ByteStream}s: the source itself and, where it is a playlist, what that names. One per opened
 * source; owns all streams and native contexts it hands to FFmpeg and frees what is left in {@link #close()}. Confined to the
 * reader's thread, on which FFmpeg calls back.
 *
 * <p>JavaCPP can hold few callback objects of a type, so one of each serves all sources and finds its object by a number,
 * as {@link CallGuard} does. Nothing may be thrown through C: what goes wrong is kept and told by {@link #failure()}.
 */
final class StreamIo implements AutoCloseable {

    private static final int BUFFER = 64 * 1024;

    /** What FFmpeg adds to {@code whence} to ask for the size. */
    private static final int ASK_SIZE = 0x10000;

    private static final ConcurrentHashMap<Long, Channel> CHANNELS = new ConcurrentHashMap<>();
    private static final ConcurrentHashMap<Long, StreamIo> SOURCES = new ConcurrentHashMap<>();
    private static final AtomicLong NUMBERS = new AtomicLong();
    private static final Reader READER = new Reader();
    private static final Seeker SEEKER = new Seeker();
    private static final Opener OPENER = new Opener();
    private static final Closer CLOSER = new Closer();

    private final ReaderOptions options;
    private final CallGuard guard;
    private Channel root;
    private MediaException failure;

    StreamIo(ReaderOptions options, CallGuard guard) {
        this.options = options;
        this.guard = guard;
        SOURCES.put(guard.number(), this);
    }

    /** Makes the context read from the stream, which this object owns from now on. */
    void attach(AVFormatContext context, ByteStream stream) {
        root = new Channel(this, stream);
        context.pb(root.context);
        context.flags(context.flags() | AVFormatContext.AVFMT_FLAG_CUSTOM_IO);
        context.io_open(OPENER);
        context.io_close2(CLOSER);
    }

    /** What went wrong first; null if nothing has. */
    MediaException failure() {
        return failure;
    }

    private int failed(Throwable cause) {
        if (failure == null) {
            failure = cause instanceof MediaException e
                    ? e
                    : new MediaException(SourceFault.IO, options.subject() + " can't be read on.", cause);
        }
        return Ffmpeg.IO_ERROR;
    }

    private ByteStream open(String url) {
        if (!url.startsWith("http://") && !url.startsWith("https://")) {
            throw new MediaException(
                    SourceFault.NOT_ALLOWED,
                    options.subject() + " is a playlist that names something else than http:// and https:// addresses,"
                            + " which VAP does not open.");
        }
        return options.openStream(withCredentials(url), guard);
    }

    /** Parts of a playlist on the same server need the login of the playlist. */
    private String withCredentials(String url) {
        String own = options.url();
        int at = own.lastIndexOf('@', end(own) - 1);
        if (at < 0 || url.lastIndexOf('@', end(url) - 1) >= 0) {
            return url;
        }
        int authority = own.indexOf("//") + 2;
        try {
            URI wanted = URI.create(url);
            URI source = URI.create(own.substring(0, authority) + own.substring(at + 1));
            boolean same = wanted.getScheme().equalsIgnoreCase(source.getScheme())
                    && wanted.getHost().equalsIgnoreCase(source.getHost())
                    && wanted.getPort() == source.getPort();
            int start = url.indexOf("//") + 2;
            return same ? url.substring(0, start) + own.substring(authority, at + 1) + url.substring(start) : url;
        } catch (IllegalArgumentException | NullPointerException e) {
            return url;
        }
    }

    /** Where the authority of a URL ends. */
    private static int end(String url) {
        int start = url.indexOf("//") + 2;
        int end = start;
        while (end < url.length() && "/?#".indexOf(url.charAt(end)) < 0) {
            end++;
        }
        return end;
    }

    @Override
    public void close() {
        SOURCES.remove(guard.number());
        CHANNELS.values().stream().filter(c -> c.owner == this).toList().forEach(Channel::close);
    }

    /** One stream that FFmpeg reads. */
    private static final class Channel {
        private final StreamIo owner;
        private final ByteStream stream;
        private final long number = NUMBERS.incrementAndGet();
        private final AVIOContext context;
        private final byte[] copy = new byte[BUFFER];
        private long position;

        Channel(StreamIo owner, ByteStream stream) {
            this.owner = owner;
            this.stream = stream;
            BytePointer buffer = new BytePointer(avutil.av_malloc(BUFFER));
            if (buffer.isNull()) {
                stream.close();
                throw new OutOfMemoryError("av_malloc");
            }
            boolean seekable = stream.seekable();
            context = avformat.avio_alloc_context(
                    buffer, BUFFER, 0, new Handle(number), READER, null, seekable ? SEEKER : null);
            if (context == null) {
                avutil.av_free(buffer);
                stream.close();
                throw new OutOfMemoryError("avio_alloc_context");
            }
            context.seekable(seekable ? avformat.AVIO_SEEKABLE_NORMAL : 0);
            CHANNELS.put(number, this);
        }

        int read(BytePointer target, int size) {
            int got = stream.read(copy, 0, Math.min(size, copy.length), owner.guard.deadlineNanos());
            if (got < 0) {
                return Ffmpeg.EOF;
            }
            target.put(copy, 0, got);
            position += got;
            return got;
        }

        long seek(long offset, int whence) {
            long size = stream.size();
            if ((whence & ASK_SIZE) != 0) {
                return size;
            }
            long to =
                    switch (whence & 3) {
                        case 0 -> offset;
                        case 1 -> position + offset;
                        default -> size < 0 ? -1 : size + offset;
                    };
            if (to < 0) {
                return Ffmpeg.INVALID_ARGUMENT;
            }
            stream.seek(to);
            position = to;
            return to;
        }

        void close() {
            if (CHANNELS.remove(number) != null) {
                stream.close();
                avutil.av_free(context.buffer());
                avformat.avio_context_free(context);
            }
        }
    }

    private static final class Reader extends Read_packet_Pointer_BytePointer_int {
        @Override
        public int call(Pointer opaque, BytePointer target, int size) {
            Channel channel = CHANNELS.get(opaque.address());
            if (channel == null) {
                return Ffmpeg.IO_ERROR;
            }
            try {
                return channel.read(target, size);
            } catch (RuntimeException | Error e) {
                return channel.owner.failed(e);
            }
        }
    }

    private static final class Seeker extends Seek_Pointer_long_int {
        @Override
        public long call(Pointer opaque, long offset, int whence) {
            Channel channel = CHANNELS.get(opaque.address());
            if (channel == null) {
                return Ffmpeg.IO_ERROR;
            }
            try {
                return channel.seek(offset, whence);
            } catch (RuntimeException | Error e) {
                return channel.owner.failed(e);
            }
        }
    }

    private static final class Opener
            extends AVFormatContext.Io_open_AVFormatContext_PointerPointer_BytePointer_int_PointerPointer {
        @Override
        @SuppressWarnings("rawtypes")
        public int call(AVFormatContext context, PointerPointer out, BytePointer url, int flags, PointerPointer opts) {
            StreamIo source = SOURCES.get(CallGuard.numberOf(context));
            if (source == null) {
                return Ffmpeg.IO_ERROR;
            }
            try {
                out.put(0, new Channel(source, source.open(Ffmpeg.string(url))).context);
                return 0;
            } catch (RuntimeException | Error e) {
                return source.failed(e);
            }
        }
    }

    private static final class Closer extends AVFormatContext.Io_close2_AVFormatContext_AVIOContext {
        @Override
        public int call(AVFormatContext context, AVIOContext io) {
            Channel channel = io == null ? null : CHANNELS.get(io.opaque().address());
            if (channel != null) {
                channel.close();
            }
            return 0;
        }
    }

    /** A number in the shape of an address; nothing is ever read there. */
    private static final class Handle extends Pointer {
        Handle(long number) {
            address = number;
        }
    }
}
