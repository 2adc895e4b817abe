package dev.vap.inference.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.InferenceReply;
import dev.vap.shared.protocol.InferenceRequest;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Frames handed to a queue, and what becomes of them. */
final class Replies {

    private Replies() {}

    static CompletableFuture<InferenceReply> submit(ModelQueue queue, InferenceRequest request) {
        CompletableFuture<InferenceReply> future = new CompletableFuture<>();
        queue.submit(request, new ReplyTo() {
            @Override
            public void succeed(InferenceReply reply) {
                future.complete(reply);
            }

            @Override
            public void fail(VapException cause) {
                future.completeExceptionally(cause);
            }
        });
        return future;
    }

    /** Of a model whose frames do not wait for each other. */
    static Batching atOnce(int capacity) {
        return new Batching(capacity, Duration.ZERO);
    }

    static void assertFailed(CompletableFuture<InferenceReply> reply, ErrorCode code, String message) {
        assertThatThrownBy(() -> reply.get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(VapException.class, e -> {
                    assertThat(e.code()).isEqualTo(code);
                    if (message != null) {
                        assertThat(e).hasMessage(message);
                    }
                });
    }
}
