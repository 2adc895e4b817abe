package dev.vap.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.vap.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** What is painted over a picture, compared with what is stored. */
final class ConsoleBoxes {

    /** The number of the frame that is shown. */
    static final String FRAME = "() => Number(document.querySelector('.stage canvas').dataset.frame)";

    /** Whether there is any box on the picture. */
    static final String PAINTED = """
            wanted => {
              const over = document.querySelector('.stage .over');
              const data = over.getContext('2d').getImageData(0, 0, over.width, over.height).data;
              return data.some((value, i) => i % 4 === 3 && value > 0) === wanted;
            }""";

    /** Keeps picture and boxes of one moment, once a person is seen and the picture is a real one. */
    private static final String LIVE_WITH_A_PERSON = """
            () => {
              const over = document.querySelector('.stage .over');
              const under = document.querySelector('.stage canvas');
              if (!over?.dataset.frame || !/person/.test(under.getAttribute('aria-label'))) return false;
              const pixels = canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
              window.snapshot = {
                frame: Number(over.dataset.frame),
                width: over.width, height: over.height, boxes: pixels(over), picture: pixels(under),
              };
              return true;
            }""";

    /** Keeps the boxes once they are those of that frame. */
    private static final String BOXES_OF = """
            frame => {
              const over = document.querySelector('.stage .over');
              if (over?.dataset.frame !== String(frame)) return false;
              const boxes = over.getContext('2d').getImageData(0, 0, over.width, over.height).data;
              window.snapshot = { frame, width: over.width, height: over.height, boxes };
              return true;
            }""";

    /** What is wrong: edges without paint, paint away from all boxes, a picture without content, if there is one. */
    private static final String COMPARE = """
            ({ stored, sourceWidth }) => {
              const { width, height, boxes, picture } = window.snapshot;
              const scale = width / sourceWidth;
              const wrong = [];
              const painted = (x, y, by = 3) => {
                for (let dy = -by; dy <= by; dy++) for (let dx = -by; dx <= by; dx++) {
                  const px = Math.min(width - 1, Math.max(0, Math.round(x) + dx));
                  const py = Math.min(height - 1, Math.max(0, Math.round(y) + dy));
                  if (boxes[4 * (py * width + px) + 3] > 0) return true;
                }
                return false;
              };
              const scaled = stored.map(box => box.map(v => v * scale));
              for (const [x1, y1, x2, y2] of scaled) {
                for (const share of [0.25, 0.5, 0.75]) {
                  const x = x1 + share * (x2 - x1);
                  const y = y1 + share * (y2 - y1);
                  for (const [px, py] of [[x, y1], [x, y2], [x1, y], [x2, y]]) {
                    if (!painted(px, py)) wrong.push(`no edge at ${px},${py}`);
                  }
                }
              }
              // Labels lie above or just inside; what is painted elsewhere belongs to no box of this frame.
              const near = (x, y) => scaled.some(([x1, y1, x2, y2]) => x > x1 - 200 && x < x2 + 200 && y > y1 - 30 && y < y2 + 6);
              for (let y = 0; y < height; y += 3) for (let x = 0; x < width; x += 3) {
                if (boxes[4 * (y * width + x) + 3] > 0 && !near(x, y)) wrong.push(`paint at ${x},${y}`);
              }
              const shades = new Set();
              for (let i = 0; i < (picture?.length ?? 0); i += 4 * 997) shades.add(picture[i] >> 3);
              if (picture && shades.size < 8) wrong.push('an empty picture');
              return wrong.slice(0, 5);
            }""";

    private ConsoleBoxes() {}

    /** Waits for a live picture with a person; checks that its boxes are those that are stored for its frame. */
    static void assertLivePictureHasItsBoxes(Page page, Api api, String scenario) {
        page.waitForFunction(LIVE_WITH_A_PERSON, null, new Page.WaitForFunctionOptions().setPollingInterval(50));
        long frame = ((Number) page.evaluate("() => window.snapshot.frame")).longValue();
        assertBoxes(page, stored(api, scenario, frame));
    }

    /** Waits until that result's frame is shown; checks that the boxes are its own. */
    static void assertShows(Page page, JsonObject result) {
        page.waitForFunction(BOXES_OF, result.getInteger("frame_number"));
        assertBoxes(page, result);
    }

    private static void assertBoxes(Page page, JsonObject result) {
        List<List<Double>> boxes = result.getJsonArray("detections").stream()
                .map(detection -> ((JsonObject) detection).getJsonArray("bbox"))
                .map(ConsoleBoxes::numbers)
                .toList();
        assertThat(boxes).as("boxes to compare").isNotEmpty();
        assertThat(page.evaluate(COMPARE, Map.of("stored", boxes, "sourceWidth", result.getInteger("width"))))
                .isEqualTo(List.of());
    }

    private static JsonObject stored(Api api, String scenario, long frame) {
        String path = "/api/v1/scenarios/" + scenario + "/predictions?limit=1&after_frame=" + (frame - 1);
        JsonObject result = Await.value(
                        "frame " + frame + " is stored",
                        Cluster.SOON,
                        () -> api.get(path).getJsonArray("results"),
                        results -> !results.isEmpty())
                .getJsonObject(0);
        assertThat(result.getLong("frame_number")).isEqualTo(frame);
        return result;
    }

    private static List<Double> numbers(JsonArray array) {
        return array.stream().map(n -> ((Number) n).doubleValue()).toList();
    }
}
