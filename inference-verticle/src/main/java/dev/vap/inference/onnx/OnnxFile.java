package dev.vap.inference.onnx;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.VapException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Looks through an ONNX file before ONNX Runtime opens it: whether it is one, and which further files it would have opened.
 * Field numbers are those of {@code onnx.proto3}.
 */
final class OnnxFile {

    /** What protobuf allows; larger networks keep their weights beside the file. */
    private static final long MOST_BYTES = (2L << 30) - 1;

    private static final long MOST_WEIGHT_BYTES = 8L << 30;
    private static final long GIB = 1L << 30;
    private static final int MOST_WEIGHT_FILES = 10_000;
    private static final int LONGEST_NAME = 4096;

    /** Graphs may hold nodes that hold graphs; no exporter goes further than a few of them. */
    private static final int DEEPEST = 48;

    private static final String LOCATION = "location";

    /** Messages in which tensors may lie. */
    private enum Part {
        MODEL,
        TRAINING,
        GRAPH,
        NODE,
        ATTRIBUTE,
        FUNCTION,
        SPARSE_TENSOR,
        TENSOR,
        EXTERNAL_DATA;

        /** Null if nothing in that field matters. */
        Part child(int field) {
            return switch (this) {
                case MODEL ->
                    switch (field) {
                        case 7 -> GRAPH;
                        case 20 -> TRAINING;
                        case 25 -> FUNCTION;
                        default -> null;
                    };
                case TRAINING -> field == 1 || field == 2 ? GRAPH : null;
                case GRAPH ->
                    switch (field) {
                        case 1 -> NODE;
                        case 5 -> TENSOR;
                        case 15 -> SPARSE_TENSOR;
                        default -> null;
                    };
                case NODE -> field == 5 ? ATTRIBUTE : null;
                case ATTRIBUTE ->
                    switch (field) {
                        case 5, 10 -> TENSOR;
                        case 6, 11 -> GRAPH;
                        case 22, 23 -> SPARSE_TENSOR;
                        default -> null;
                    };
                case FUNCTION ->
                    switch (field) {
                        case 7 -> NODE;
                        case 11 -> ATTRIBUTE;
                        default -> null;
                    };
                case SPARSE_TENSOR -> field == 1 || field == 2 ? TENSOR : null;
                case TENSOR -> field == 13 ? EXTERNAL_DATA : null;
                case EXTERNAL_DATA -> null;
            };
        }
    }

    private final Path file;
    private final Set<String> locations = new LinkedHashSet<>();
    private boolean hasGraph;

    private OnnxFile(Path file) {
        this.file = file;
    }

    /**
     * @throws VapException {@code model_unknown} if the file can't be read, {@code model_not_onnx} if it is none or is cut,
     *     {@code model_unsupported} if it is too large or wants files that it may not have
     */
    static void check(Path file) {
        OnnxFile checked = new OnnxFile(file);
        checked.walk();
        checked.checkWeights();
    }

    /** Whether it has all its weights in it. To be asked of a file that has been checked. */
    static boolean isSelfContained(Path file) {
        OnnxFile walked = new OnnxFile(file);
        walked.walk();
        return walked.locations.isEmpty();
    }

    private void walk() {
        try (FileChannel channel = FileChannel.open(file)) {
            ProtoReader reader = new ProtoReader(channel);
            if (reader.size() == 0) {
                throw Problems.notOnnx(file, "it is empty", null);
            }
            if (reader.size() > MOST_BYTES) {
                throw tooLarge(reader.size(), "2 GiB; export it with its weights beside it (\"external data\")");
            }
            walk(reader, Part.MODEL, reader.size(), 0);
        } catch (ProtoReader.Malformed e) {
            throw Problems.notOnnx(file, "it is another kind of file, or only a part of one", e);
        } catch (IOException e) {
            throw new VapException(
                    ErrorCode.MODEL_UNKNOWN, file.getFileName() + " can't be read: check the file and its rights.", e);
        }
        if (!hasGraph) {
            throw Problems.notOnnx(file, "it holds no network", null);
        }
    }

    private void walk(ProtoReader reader, Part part, long end, int depth) throws IOException {
        if (depth > DEEPEST) {
            throw new ProtoReader.Malformed("messages within messages");
        }
        String key = "";
        String value = "";
        while (reader.next(end)) {
            if (reader.wireType() != ProtoReader.BYTES) {
                reader.skip(end);
                continue;
            }
            int field = reader.field();
            long contentEnd = reader.contentEnd(end);
            Part child = part.child(field);
            if (child != null) {
                hasGraph |= child == Part.GRAPH;
                walk(reader, child, contentEnd, depth + 1);
            } else if (part == Part.EXTERNAL_DATA && field == 1) {
                key = reader.text(contentEnd, LONGEST_NAME);
            } else if (part == Part.EXTERNAL_DATA && field == 2) {
                value = reader.text(contentEnd, LONGEST_NAME);
            } else {
                reader.leapTo(contentEnd);
            }
        }
        if (key.equals(LOCATION)) {
            locations.add(value);
            if (locations.size() > MOST_WEIGHT_FILES) {
                throw new ProtoReader.Malformed("weights in too many files");
            }
        }
    }

    /** Weights may lie in files of the model's own folder only, whatever the way there. */
    private void checkWeights() {
        long bytes = 0;
        for (String location : locations) {
            bytes += weightBytes(location);
        }
        if (bytes > MOST_WEIGHT_BYTES) {
            throw tooLarge(bytes, MOST_WEIGHT_BYTES / GIB + " GiB with its weights; use a smaller network");
        }
    }

    private long weightBytes(String location) {
        if (leadsElsewhere(location)) {
            throw refused(location);
        }
        try {
            Path folder = file.toAbsolutePath().getParent();
            Path real = folder.resolve(location).toRealPath();
            if (!real.startsWith(folder.toRealPath())) {
                throw refused(location);
            }
            if (!Files.isRegularFile(real)) {
                throw missing(location, null);
            }
            return Files.size(real);
        } catch (NoSuchFileException | InvalidPathException e) {
            throw missing(location, e);
        } catch (IOException e) {
            throw new VapException(
                    ErrorCode.MODEL_UNSUPPORTED,
                    "The weights of " + file.getFileName() + " in " + Redact.shorten(location)
                            + " can't be read: check that file and its rights.",
                    e);
        }
    }

    /** By the rules of every operating system: a file that is harmless here may be carried elsewhere. */
    private static boolean leadsElsewhere(String location) {
        if (location.isEmpty() || location.indexOf('\0') >= 0 || location.matches("(?s)^([/\\\\]|[A-Za-z]:).*")) {
            return true;
        }
        for (String part : location.split("[/\\\\]", -1)) {
            if (part.equals("..")) {
                return true;
            }
        }
        return false;
    }

    private VapException refused(String location) {
        return new VapException(
                ErrorCode.MODEL_UNSUPPORTED,
                file.getFileName() + " wants to read its weights from \"" + Redact.shorten(location)
                        + "\", outside its own folder, which is refused: put them beside it and export it again.");
    }

    private VapException missing(String location, Throwable cause) {
        return new VapException(
                ErrorCode.MODEL_UNSUPPORTED,
                file.getFileName() + " keeps its weights in \"" + Redact.shorten(location)
                        + "\", which is not there: put that file beside it.",
                cause);
    }

    private VapException tooLarge(long bytes, String most) {
        return new VapException(
                ErrorCode.MODEL_UNSUPPORTED,
                file.getFileName() + " is too large: it has " + (bytes + GIB - 1) / GIB + " GiB, and may have " + most
                        + ".");
    }
}
