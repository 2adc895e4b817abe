package dev.vap.runner.onvif;

import dev.vap.shared.domain.Redact;

/** Makes what devices say fit for a message. */
final class Words {

    private Words() {}

    /** One line without control characters and credentials, cut to a length. */
    static String clean(String text, int maxLength) {
        String shortened = text.length() > 8 * maxLength ? text.substring(0, 8 * maxLength) : text;
        String line = Redact.url(shortened)
                .replaceAll("[\\p{Cntrl}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Co}\\s]+", " ")
                .strip();
        if (line.length() <= maxLength) {
            return line;
        }
        int end = Character.isHighSurrogate(line.charAt(maxLength - 1)) ? maxLength - 1 : maxLength;
        return line.substring(0, end) + "...";
    }
}
