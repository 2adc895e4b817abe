package dev.vap.inference.yaml;

import java.util.List;

/** A value of a YAML file, with the line (from 1) where it begins. What a scalar means is for its reader to say. */
public sealed interface YamlNode {

    int line();

    /**
     * @param text without quotes
     * @param plain without quotes in the file too
     */
    record Scalar(String text, boolean plain, int line) implements YamlNode {

        /** Whether nothing is said: {@code key:}, {@code key: ~} or {@code key: null}. */
        public boolean isNull() {
            return plain && (text.isEmpty() || text.equals("~") || text.equals("null"));
        }
    }

    record Sequence(List<YamlNode> items, int line) implements YamlNode {

        public Sequence {
            items = List.copyOf(items);
        }
    }

    /** In the order of the file; a key may be there twice. */
    record Mapping(List<Field> fields, int line) implements YamlNode {

        public Mapping {
            fields = List.copyOf(fields);
        }
    }

    record Field(String key, YamlNode value, int line) {}
}
