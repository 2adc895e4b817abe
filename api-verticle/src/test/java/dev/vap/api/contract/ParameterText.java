package dev.vap.api.contract;

import dev.vap.shared.domain.VapException;

/** What a parameter makes of a text. */
public final class ParameterText {

    private ParameterText() {}

    public static boolean isAllowed(Parameter parameter, String text) {
        try {
            parameter.parse(text);
            return true;
        } catch (VapException e) {
            return false;
        }
    }
}
