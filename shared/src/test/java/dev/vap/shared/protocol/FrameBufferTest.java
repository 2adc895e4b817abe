package dev.vap.shared.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
}
