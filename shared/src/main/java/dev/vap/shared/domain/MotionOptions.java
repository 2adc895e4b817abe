package dev.vap.shared.domain;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The motion gate of a scenario: frames in which nothing moves are not analysed.
 *
 * @param enabled false passes every frame
 * @param threshold how much a pixel's brightness must differ from the background to count as moving, 1..255
 * @param minArea share of the picture that must move, 0..1; regions to ignore are not part of the picture
 * @param settleSeconds for which every frame passes after the start and after a change of the whole scene
 * @param recheckSeconds after which a frame passes even though nothing moves, so that what stands still is still seen
 * @param holdSeconds for which frames go on passing after the last motion
 * @param ignore regions in which motion does not count
 */
public record MotionOptions(
        boolean enabled,
        int threshold,
        double minArea,
        double settleSeconds,
        double recheckSeconds,
        double holdSeconds,
        List<Region> ignore) {

    public static final MotionOptions DEFAULTS = new MotionOptions(true, 20, 0.001, 2, 5, 1, List.of());

    private static final Set<String> KNOWN = new TreeSet<>(
            Set.of("enabled", "threshold", "min_area", "settle_seconds", "recheck_seconds", "hold_seconds", "ignore"));
    private static final String PATH = "motion.";
    private static final double MAX_SECONDS = 3600;
    private static final double LEAST_RECHECK = 0.1;
    private static final int MAX_REGIONS = 32;
    private static final int MAX_CORNERS = 64;
    private static final String REGIONS = "a list of at most " + MAX_REGIONS + " polygons, each of 3 to " + MAX_CORNERS
            + " points [x, y] with coordinates from 0 (left, top) to 1 (right, bottom)";

    /** A corner of a region, as shares of the picture's width and height from its top left. */
    public record Point(double x, double y) {}

    /** A polygon; the last corner is joined to the first. */
    public record Region(List<Point> corners) {

        public Region {
            corners = List.copyOf(corners);
        }

        JsonArray toJson() {
            JsonArray polygon = new JsonArray();
            corners.forEach(p -> polygon.add(new JsonArray().add(p.x()).add(p.y())));
            return polygon;
        }
    }

    public MotionOptions {
        ignore = List.copyOf(ignore);
        if (threshold < 1 || threshold > 255) {
            throw invalid("threshold", "a whole number from 1 (most sensitive) to 255");
        }
        if (!(minArea >= 0 && minArea <= 1)) {
            throw invalid("min_area", "a share of the picture from 0 to 1");
        }
        if (!(settleSeconds >= 0 && settleSeconds <= MAX_SECONDS)) {
            throw invalid("settle_seconds", "a number from 0 to 3600");
        }
        if (!(recheckSeconds >= LEAST_RECHECK && recheckSeconds <= MAX_SECONDS)) {
            throw invalid("recheck_seconds", "a number from 0.1 to 3600");
        }
        if (!(holdSeconds >= 0 && holdSeconds <= MAX_SECONDS)) {
            throw invalid("hold_seconds", "a number from 0 to 3600");
        }
        if (ignore.size() > MAX_REGIONS) {
            throw invalid("ignore", REGIONS);
        }
    }

    public JsonObject toJson() {
        JsonObject json = new JsonObject()
                .put("enabled", enabled)
                .put("threshold", threshold)
                .put("min_area", minArea)
                .put("settle_seconds", settleSeconds)
                .put("recheck_seconds", recheckSeconds)
                .put("hold_seconds", holdSeconds);
        if (!ignore.isEmpty()) {
            json.put("ignore", new JsonArray(ignore.stream().map(Region::toJson).toList()));
        }
        return json;
    }

    /** What is not there has its default. */
    static MotionOptions fromJson(JsonObject json) {
        OptionFields in = OptionFields.of(json, "options.motion", PATH, KNOWN);
        MotionOptions d = DEFAULTS;
        return new MotionOptions(
                in.flag("enabled", d.enabled),
                in.whole("threshold", d.threshold),
                in.number("min_area", d.minArea),
                in.number("settle_seconds", d.settleSeconds),
                in.number("recheck_seconds", d.recheckSeconds),
                in.number("hold_seconds", d.holdSeconds),
                regions(json.getValue("ignore")));
    }

    private static List<Region> regions(Object value) {
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof JsonArray array) || array.size() > MAX_REGIONS) {
            throw invalid("ignore", REGIONS);
        }
        List<Region> regions = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            regions.add(region(array.getValue(i)));
        }
        return regions;
    }

    private static Region region(Object value) {
        if (!(value instanceof JsonArray array) || array.size() < 3 || array.size() > MAX_CORNERS) {
            throw invalid("ignore", REGIONS);
        }
        List<Point> corners = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            if (array.getValue(i) instanceof JsonArray point
                    && point.size() == 2
                    && point.getValue(0) instanceof Number x
                    && point.getValue(1) instanceof Number y
                    && isShare(x.doubleValue())
                    && isShare(y.doubleValue())) {
                corners.add(new Point(x.doubleValue(), y.doubleValue()));
            } else {
                throw invalid("ignore", REGIONS);
            }
        }
        return new Region(corners);
    }

    private static boolean isShare(double value) {
        return value >= 0 && value <= 1;
    }

    private static VapException invalid(String name, String wanted) {
        return OptionFields.invalidValue(PATH + name, wanted);
    }
}
