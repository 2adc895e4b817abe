package dev.vap.inference.head;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * An input or output of a network.
 *
 * @param type as ONNX names it: {@code float}, {@code float16}, {@code int64}
 * @param dims -1 where it is not fixed
 */
public record TensorShape(String name, String type, List<Long> dims) {

    public TensorShape {
        dims = List.copyOf(dims);
    }

    /** Whether it holds fractions: 32 or 16 bits wide. */
    public boolean isFloat() {
        return type.equals("float") || type.equals("float16");
    }

    public int rank() {
        return dims.size();
    }

    /**
     * @param index from the end if negative: -1 is the last one
     */
    public long dim(int index) {
        return dims.get(index < 0 ? dims.size() + index : index);
    }

    /** How many values it holds; every dimension has to be known. */
    public long values() {
        return dims.stream().reduce(1L, Math::multiplyExact);
    }

    /** The same with another first dimension. */
    public TensorShape withFirst(long first) {
        List<Long> changed = new ArrayList<>(dims);
        changed.set(0, first);
        return new TensorShape(name, type, changed);
    }

    /** The name in lower case, without the {@code :0} that TensorFlow puts behind it. */
    String plainName() {
        return name.toLowerCase(Locale.ROOT).replaceFirst(":\\d+$", "");
    }

    /** {@code output float[1,3549,85]}. */
    @Override
    public String toString() {
        return name + " " + type
                + dims.stream().map(d -> d < 0 ? "?" : String.valueOf(d)).collect(Collectors.joining(",", "[", "]"));
    }
}
