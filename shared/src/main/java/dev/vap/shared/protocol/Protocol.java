package dev.vap.shared.protocol;

/** The version of all messages. A reader accepts its own version and older ones, and refuses newer ones. */
public final class Protocol {

    public static final int VERSION = 1;

    private Protocol() {}
}
