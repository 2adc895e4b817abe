package dev.vap.inference.head;

import java.util.List;
import java.util.stream.Collectors;

/**
 * An input or output of a network.
 *
 * @param type as ONNX names it: {@code float}, {@code int64}
 * @param dims -1 where it is not fixed
 */
public record TensorShape(String name, String type, List<Long> dims) {

    public TensorShape {
        dims = List.copyOf(dims);
    }

    public boolean isFloat() {
        return type.equals("float");
    }

    /** {@code output float[1,3549,85]}. */
    @Override
    public String toString() {
        return name + " " + type
                + dims.stream().map(d -> d < 0 ? "?" : String.valueOf(d)).collect(Collectors.joining(",", "[", "]"));
    }
}
