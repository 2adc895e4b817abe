package dev.vap.inference.tuning;

import java.util.Arrays;
import java.util.List;

/**
 * What was measured in one round, or the median of several.
 *
 * @param framesPerSecond of all workers together
 * @param p50Millis from a picture in to its detections out; of a batch, of all its pictures together
 * @param cpuMillis processor time of this process, a frame; NaN if the platform does not tell
 */
public record Sample(double framesPerSecond, double p50Millis, double cpuMillis) {

    static Sample median(List<Sample> samples) {
        return new Sample(
                median(samples.stream().mapToDouble(Sample::framesPerSecond).toArray()),
                median(samples.stream().mapToDouble(Sample::p50Millis).toArray()),
                median(samples.stream().mapToDouble(Sample::cpuMillis).toArray()));
    }

    /** Of an even number, the mean of the two in the middle. */
    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
