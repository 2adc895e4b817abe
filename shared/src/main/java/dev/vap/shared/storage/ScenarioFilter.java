package dev.vap.shared.storage;

import dev.vap.shared.domain.ScenarioStatus;
import java.util.ArrayList;
import java.util.List;

/**
 * Which scenarios are asked for; null where it does not matter.
 *
 * @param text in the name or in the source without credentials, in upper or lower case; not empty
 */
public record ScenarioFilter(ScenarioStatus status, String model, String text) {

    public static final ScenarioFilter ALL = new ScenarioFilter(null, null, null);

    /** The words of a WHERE but for the text, each only if it is needed, so that the plan fits what is asked. */
    String where(Long beforeId, List<Object> parameters) {
        List<String> conditions = new ArrayList<>();
        if (beforeId != null) {
            parameters.add(beforeId);
            conditions.add("s.id < $" + parameters.size());
        }
        if (status != null) {
            parameters.add(status.wire());
            conditions.add("s.status = $" + parameters.size());
        }
        if (model != null) {
            parameters.add(model);
            conditions.add("s.model = $" + parameters.size());
        }
        return conditions.isEmpty() ? "true" : String.join(" AND ", conditions);
    }

    /** The condition of the text, which is not null. */
    String hasText(List<Object> parameters) {
        parameters.add("%" + escaped(text) + "%");
        String pattern = "$" + parameters.size();
        return "(s.name ILIKE " + pattern + " OR s.shown_url ILIKE " + pattern + ")";
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_");
    }
}
