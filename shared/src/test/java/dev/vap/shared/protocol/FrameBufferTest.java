package dev.vap.shared.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class FrameBufferTest {

    private final FrameBufferPool pool = new FrameBufferPool(16, 2);

    @Test
    void returnsToItsPoolAtTheLastReleaseOnly() {
        FrameBuffer buffer = pool.acquire();
        buffer.retain();
        buffer.release();
        assertThat(pool.inUse()).isEqualTo(1);
        assertThat(buffer.memory().capacity()).isEqualTo(16);
        buffer.release();
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void isReused() {
        FrameBuffer first = pool.acquire();
        first.release();
        assertThat(pool.acquire()).isSameAs(first);
    }

    @Test
    void refusesBeyondItsLimit() {
        FrameBuffer one = pool.acquire();
        pool.acquire();
        assertThat(pool.acquire()).isNull();
        one.release();
        assertThat(pool.acquire()).isSameAs(one);
    }

    @Test
    void refusesUseAfterTheLastRelease() {
        FrameBuffer buffer = pool.acquire();
        buffer.release();
        assertThatThrownBy(buffer::memory).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(buffer::retain).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(buffer::release).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aClosedPoolFreesWhatIsNotInUseAtOnceAndTheRestWhenItIsReleased() {
        FrameBufferPool large = new FrameBufferPool(64 << 20, 2);
        long before = directBytes();
        FrameBuffer free = large.acquire();
        FrameBuffer used = large.acquire();
        free.release();
        assertThat(directBytes() - before).isGreaterThanOrEqualTo(128 << 20);

        large.close();
        assertThat(directBytes() - before).isBetween(64L << 20, 127L << 20);
        used.memory().put(0, (byte) 1);
        assertThat(large.acquire()).isNull();
        assertThat(large.inUse()).isEqualTo(1);

        used.release();
        assertThat(directBytes() - before).isLessThan(64 << 20);
        assertThat(large.inUse()).isZero();
        assertThatThrownBy(used::memory).isInstanceOf(IllegalStateException.class);
        large.close();
    }

    /** Of all direct buffers of this process. */
    private static long directBytes() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }
}
