package dev.vap.shared.domain;

import java.util.UUID;
import java.util.regex.Pattern;

/** What names a scenario in a request: its UUID or its number; exactly one of the two is set. */
public record ScenarioRef(UUID uuid, Long id) {

    private static final Pattern UUID_FORM = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
    private static final Pattern NUMBER_FORM = Pattern.compile("[1-9][0-9]{0,17}");

    public static ScenarioRef of(UUID uuid) {
        return new ScenarioRef(uuid, null);
    }

    /**
     * @throws VapException {@link ErrorCode#INVALID_ID} if the text is neither
     */
    public static ScenarioRef parse(String text) {
        if (UUID_FORM.matcher(text).matches()) {
            return new ScenarioRef(UUID.fromString(text), null);
        }
        if (NUMBER_FORM.matcher(text).matches()) {
            return new ScenarioRef(null, Long.parseLong(text));
        }
        throw new VapException(
                ErrorCode.INVALID_ID,
                "\"" + Redact.shorten(text)
                        + "\" names no scenario: use its number or its UUID, as the list shows them.");
    }

    @Override
    public String toString() {
        return uuid != null ? uuid.toString() : String.valueOf(id);
    }
}
