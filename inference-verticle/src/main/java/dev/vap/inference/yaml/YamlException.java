package dev.vap.inference.yaml;

/** A text is no YAML, or uses a part of YAML that is not read here. */
public final class YamlException extends Exception {

    private static final long serialVersionUID = 1;

    private final int line;

    YamlException(int line, String message, Throwable cause) {
        super(message, cause);
        this.line = line;
    }

    /** From 1; 0 if unknown. */
    public int line() {
        return line;
    }
}
