package dev.vap.inference.onnx;

import ai.onnxruntime.OnnxJavaType;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Optional;

/** Types of outputs that can be read; all become floats. */
enum ElementType {
    FLOAT("float", OnnxJavaType.FLOAT, 4) {
        @Override
        float read(ByteBuffer from, int index) {
            return from.getFloat(4 * index);
        }
    },
    FLOAT16("float16", OnnxJavaType.FLOAT16, 2) {
        @Override
        float read(ByteBuffer from, int index) {
            return HalfFloats.toFloat(from.getShort(2 * index));
        }

        /** As in general, but in a loop of its own, which is compiled for this type: such outputs are the large ones. */
        @Override
        void read(ByteBuffer from, FloatBuffer to, int count) {
            for (int i = 0; i < count; i++) {
                to.put(i, HalfFloats.toFloat(from.getShort(2 * i)));
            }
        }
    },
    INT64("int64", OnnxJavaType.INT64, 8) {
        @Override
        float read(ByteBuffer from, int index) {
            return from.getLong(8 * index);
        }
    },
    INT32("int32", OnnxJavaType.INT32, 4) {
        @Override
        float read(ByteBuffer from, int index) {
            return from.getInt(4 * index);
        }
    },
    UINT8("uint8", OnnxJavaType.UINT8, 1) {
        @Override
        float read(ByteBuffer from, int index) {
            return from.get(index) & 0xff;
        }
    };

    private final String onnxName;
    private final OnnxJavaType javaType;
    private final int bytes;

    ElementType(String onnxName, OnnxJavaType javaType, int bytes) {
        this.onnxName = onnxName;
        this.javaType = javaType;
        this.bytes = bytes;
    }

    static Optional<ElementType> named(String onnxName) {
        return Arrays.stream(values())
                .filter(type -> type.onnxName.equals(onnxName))
                .findFirst();
    }

    OnnxJavaType javaType() {
        return javaType;
    }

    int bytes() {
        return bytes;
    }

    abstract float read(ByteBuffer from, int index);

    /**
     * @param from native order, from index 0
     */
    void read(ByteBuffer from, FloatBuffer to, int count) {
        for (int i = 0; i < count; i++) {
            to.put(i, read(from, i));
        }
    }
}
