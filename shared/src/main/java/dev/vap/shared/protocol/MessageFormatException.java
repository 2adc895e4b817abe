package dev.vap.shared.protocol;

/** A message that can't be read and never will be: it belongs in the dead-letter topic, with this reason. */
public class MessageFormatException extends RuntimeException {

    public MessageFormatException(String reason) {
        super(reason);
    }

    public MessageFormatException(String reason, Throwable cause) {
        super(reason, cause);
    }
}
