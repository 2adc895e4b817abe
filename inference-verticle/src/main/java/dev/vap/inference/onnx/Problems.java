package dev.vap.inference.onnx;

import ai.onnxruntime.OrtException;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sentences for what can be wrong with a model's file. */
final class Problems {

    private static final int LONGEST_DETAIL = 200;
    private static final Pattern NEWER_OPSET =
            Pattern.compile("Opset (\\d+) is under development.*support for domain (\\S+) is till opset (\\d+)");
    private static final Pattern NEWER_FORMAT =
            Pattern.compile("Unsupported model IR version: (\\d+), max supported IR version: (\\d+)");

    private Problems() {}

    static VapException notOnnx(Path file, String why, Throwable cause) {
        return new VapException(
                ErrorCode.MODEL_NOT_ONNX,
                file.getFileName() + " is not a usable ONNX model: " + why + ". Fetch or export it again.",
                cause);
    }

    /** What ONNX Runtime says when it can't load a file. */
    static VapException notLoaded(Path file, OrtException e) {
        String said = String.valueOf(e.getMessage());
        if (said.contains("does not have a graph")) {
            return notOnnx(file, "it holds no network", e);
        }
        return switch (e.getCode()) {
            case ORT_INVALID_PROTOBUF, ORT_NO_MODEL, ORT_NO_SUCHFILE ->
                notOnnx(file, "it is another kind of file, or only a part of one", e);
            default -> unsupported(file, e);
        };
    }

    /** ONNX Runtime's own words say which operator or version is missing; they may name the path, which is inner detail. */
    static VapException unsupported(Path file, OrtException e) {
        String detail = String.valueOf(e.getMessage())
                .replace(file.toString(), file.getFileName().toString())
                .replaceAll("\\s+", " ");
        Matcher opset = NEWER_OPSET.matcher(detail);
        if (opset.find()) {
            return unsupported(
                    file.getFileName() + " is made for opset " + opset.group(1) + " of " + opset.group(2)
                            + ", which is too new: export it again with opset " + opset.group(3) + " or lower.",
                    e);
        }
        Matcher format = NEWER_FORMAT.matcher(detail);
        if (format.find()) {
            return unsupported(
                    file.getFileName() + " is of version " + format.group(1)
                            + " of the ONNX format, which is too new: export it again with version " + format.group(2)
                            + " or lower.",
                    e);
        }
        String shown = detail.length() > LONGEST_DETAIL ? detail.substring(0, LONGEST_DETAIL) + "..." : detail;
        return unsupported("ONNX Runtime can't run " + file.getFileName() + ": " + shown, e);
    }

    static VapException tooSlow(Duration deadline, Throwable cause) {
        return unsupported(
                "The model came to no end within " + deadline.toSeconds()
                        + " s for one grey picture: use a smaller one, and check where it comes from.",
                cause);
    }

    /** Of the process, not of the disk. */
    static VapException noMemory(String model, OutOfMemoryError e) {
        return new VapException(
                ErrorCode.INFERENCE_FAILED,
                "There is no memory left for model " + model
                        + ": give it smaller batches or fewer workers, or the process more memory.",
                e);
    }

    static VapException unsupported(String message) {
        return unsupported(message, null);
    }

    private static VapException unsupported(String message, Throwable cause) {
        return new VapException(ErrorCode.MODEL_UNSUPPORTED, message, cause);
    }
}
