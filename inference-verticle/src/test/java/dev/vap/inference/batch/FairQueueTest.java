package dev.vap.inference.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.inference.fixture.Requests;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FairQueueTest {

    private final FairQueue queue = new FairQueue();

    @Test
    void servesStreamsInTurnAndTheFramesOfEachInOrder() {
        add("a", 1);
        add("a", 2);
        add("a", 3);
        add("b", 4);
        add("c", 5);
        add("b", 6);

        assertThat(drain()).containsExactly(1L, 4L, 5L, 2L, 6L, 3L);
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.poll()).isNull();
    }

    @Test
    void aStreamThatComesBackIsServedAfterThoseThatWait() {
        add("a", 1);
        add("b", 2);
        queue.poll();
        add("a", 3);
        add("c", 4);

        assertThat(drain()).containsExactly(2L, 3L, 4L);
    }

    @Test
    void makesRoomAtTheCostOfWhoHasMost() {
        add("a", 1);
        add("a", 2);
        add("a", 3);
        add("b", 4);

        assertThat(number(queue.evictFor("c"))).isEqualTo(3);
        assertThat(queue.size()).isEqualTo(3);
        assertThat(queue.evictFor("b")).as("b would have more than a then").isNull();
        assertThat(number(queue.evictFor("c"))).isEqualTo(2);
        assertThat(queue.evictFor("c")).as("nobody has two").isNull();
        assertThat(drain()).containsExactly(1L, 4L);
    }

    @Test
    void anEmptyQueueHasNothingToEvict() {
        assertThat(queue.evictFor("a")).isNull();
        assertThat(queue.oldestArrival()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void takesOutWhatHasExpired() {
        add("a", 1, 10);
        add("a", 2, 20);
        add("b", 3, 5);

        assertThat(queue.removeExpired(10).stream().map(FairQueueTest::number)).containsExactly(1L, 3L);
        assertThat(queue.size()).isEqualTo(1);
        assertThat(queue.streams()).isEqualTo(1);
        add("b", 4);
        assertThat(drain()).containsExactly(2L, 4L);
    }

    @Test
    void knowsWhoHasWaitedLongest() {
        queue.add(new Job(null, Requests.picture(2, 2, 1).stream("a").build(), null, 7));
        queue.add(new Job(null, Requests.picture(2, 2, 1).stream("b").build(), null, 3));

        assertThat(queue.oldestArrival()).isEqualTo(3);
        queue.poll();
        assertThat(queue.oldestArrival()).isEqualTo(3);
        assertThat(queue.clear()).hasSize(1);
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void streamsWithMoreWaitingGetNoMore() {
        int[] window = {1, 2, 4, 8};
        int[] waiting = new int[window.length];
        int[] served = new int[window.length];
        Random random = new Random(5);
        for (int step = 0; step < 4_000; step++) {
            // Each sends again as soon as it may, in no particular order.
            for (int n = 0; n < 8; n++) {
                int stream = random.nextInt(window.length);
                if (waiting[stream] < window[stream]) {
                    waiting[stream]++;
                    add(String.valueOf(stream), step);
                }
            }
            int stream = Integer.parseInt(queue.poll().request().stream());
            waiting[stream]--;
            served[stream]++;
        }
        for (int frames : served) {
            assertThat(frames).isBetween(950, 1050);
        }
    }

    private void add(String stream, long frame) {
        add(stream, frame, Long.MAX_VALUE);
    }

    private void add(String stream, long frame, long deadline) {
        queue.add(new Job(
                null,
                Requests.picture(2, 2, 1).stream(stream)
                        .frame(frame)
                        .deadlineNanos(deadline)
                        .build(),
                null,
                0));
    }

    private List<Long> drain() {
        List<Long> out = new ArrayList<>();
        for (Job job = queue.poll(); job != null; job = queue.poll()) {
            out.add(number(job));
        }
        return out;
    }

    private static long number(Job job) {
        return job.request().frameNumber();
    }
}
