package dev.vap.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.testcontainers.DockerClientFactory;

/** Whether a Docker daemon answers. Asking Testcontainers is slow and loud where there is none, so signs come first. */
final class Docker {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private Docker() {}

    static boolean answers() throws InterruptedException {
        if (!installed()) {
            return false;
        }
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        Thread asking = new Thread(
                () -> {
                    try {
                        answer.complete(DockerClientFactory.instance().isDockerAvailable());
                    } catch (Throwable e) {
                        answer.completeExceptionally(e);
                    }
                },
                "vap-docker-check");
        asking.setDaemon(true);
        asking.start();
        try {
            return answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return false;
        }
    }

    private static boolean installed() {
        return installed(System.getenv("DOCKER_HOST"), Path.of("/var/run"), Path.of(System.getProperty("user.home")));
    }

    static boolean installed(String dockerHost, Path run, Path home) {
        return (dockerHost != null && !dockerHost.isBlank())
                || Files.exists(run.resolve("docker.sock"))
                || Files.exists(home.resolve(".docker").resolve("run").resolve("docker.sock"));
    }
}
