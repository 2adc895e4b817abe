package dev.vap.inference.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What can execute a network: the execution providers of ONNX Runtime that VAP knows. */
public enum Provider {
    CPU,
    CUDA,
    TENSORRT,
    OPENVINO,
    COREML,
    DIRECTML,
    XNNPACK;

    private static final Pattern CHOICE = Pattern.compile("([a-z]+)(?::([A-Za-z0-9_.,-]{1,40}))?");

    /**
     * A provider and the device it is to use.
     *
     * @param device a number for CUDA, TensorRT and DirectML, a word such as {@code GPU} for OpenVINO; null for the first
     */
    public record Choice(Provider provider, String device) {

        /** Whether something else than the cores of this machine does the work. */
        public boolean isDevice() {
            return provider != CPU && provider != XNNPACK;
        }

        /** Of a device that is a number. */
        public int number() {
            return device == null ? 0 : Integer.parseInt(device);
        }

        @Override
        public String toString() {
            return device == null ? provider.wire() : provider.wire() + ":" + device;
        }
    }

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** {@code cuda} or {@code cuda:1}; empty if it is neither, or names a device that this provider can't have. */
    public static Optional<Choice> parse(String text) {
        Matcher m = CHOICE.matcher(text.toLowerCase(Locale.ROOT));
        if (!m.matches()) {
            return Optional.empty();
        }
        String device = m.group(2) == null ? null : text.substring(m.start(2));
        return Arrays.stream(values())
                .filter(p -> p.wire().equals(m.group(1)) && p.hasDevice(device))
                .findFirst()
                .map(p -> new Choice(p, device));
    }

    /** For messages: {@code cpu, cuda, …}. */
    public static String names() {
        return Arrays.stream(values()).map(Provider::wire).collect(Collectors.joining(", "));
    }

    private boolean hasDevice(String device) {
        if (device == null) {
            return true;
        }
        return switch (this) {
            case CUDA, TENSORRT, DIRECTML -> device.matches("\\d{1,3}");
            case OPENVINO -> true;
            case CPU, COREML, XNNPACK -> false;
        };
    }
}
