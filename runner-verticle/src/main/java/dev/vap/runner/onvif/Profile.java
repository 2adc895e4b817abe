package dev.vap.runner.onvif;

import java.util.Locale;

/**
 * A stream that a device offers.
 *
 * @param width pixels; 0 if it does not say
 */
record Profile(String token, String name, Codec codec, int width, int height) {

    /** The ones that can be decoded, the easiest first. */
    enum Codec {
        H264,
        H265,
        JPEG,
        OTHER;

        static Codec of(String encoding) {
            String name = encoding.toUpperCase(Locale.ROOT).replaceAll("^VIDEO/|[^A-Z0-9]", "");
            return switch (name) {
                case "H264" -> H264;
                case "H265", "HEVC" -> H265;
                case "JPEG", "MJPEG" -> JPEG;
                default -> OTHER;
            };
        }
    }

    boolean isUsable() {
        return codec != Codec.OTHER;
    }

    boolean covers(int wantedWidth, int wantedHeight) {
        return width >= wantedWidth && height >= wantedHeight;
    }

    long pixels() {
        return (long) width * height;
    }

    boolean isCalled(String wanted) {
        return token.equals(wanted) || name.equals(wanted);
    }
}
