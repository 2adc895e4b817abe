package dev.vap.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.vap.inference.fixture.Outputs;
import dev.vap.inference.fixture.TinyOnnx;
import dev.vap.inference.model.ModelSpec;
import dev.vap.inference.model.Provider;
import dev.vap.inference.model.Tuning;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExecutionTest {

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void write() {
        Outputs outputs = Outputs.yolox32(2).cell(6, 0.5f, 0.5f, 0, 0, 0.9f, 0.1f, 0.8f);
        file = TinyOnnx.model().write(directory.resolve("tiny.onnx"), outputs.values(), outputs.dims());
    }

    @ParameterizedTest
    @EnumSource(
            value = Provider.class,
            names = {"CPU"},
            mode = EnumSource.Mode.EXCLUDE)
    void aProviderThatIsNotThereIsAnErrorUnlessTheCpuMayDoIt(Provider provider) {
        OnnxRuntime.environment();
        assumeFalse(Providers.available(provider), "this machine has " + provider);

        assertThatThrownBy(() -> load(provider.wire(), false))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_UNSUPPORTED))
                .hasMessageStartingWith("The model \"tiny\" is to run on " + provider.wire()
                        + ", but this ONNX Runtime does not have it: it needs ")
                .hasMessageEndingWith(
                        ". Or allow the CPU with \"fallback: true\" or INFERENCE_PROVIDER_FALLBACK=true.");

        try (OnnxModel model = load(provider.wire(), true)) {
            assertThat(model.info().details().provider()).isEqualTo("cpu");
        }
    }

    @Test
    void namesWhatReallyRunsIt() {
        try (OnnxModel model = load("cpu", false)) {
            assertThat(model.info().details().provider()).isEqualTo("cpu");
        }
    }

    @Test
    void aBrokenFileIsTheFilesFaultAndNotTheProviders() throws IOException {
        Files.writeString(file, "no network");

        assertThatThrownBy(() -> load("cuda", false))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_NOT_ONNX));
    }

    @Test
    void refusesAProviderThatDoesNotExist() {
        assertThatThrownBy(() -> load("quantum", true))
                .hasMessage(
                        "There is no provider \"quantum\": use one of cpu, cuda, tensorrt, openvino, coreml, directml,"
                                + " xnnpack.");
    }

    @ParameterizedTest
    @EnumSource(Tuning.Optimisation.class)
    void runsAtEveryLevelOfOptimisation(Tuning.Optimisation level) {
        Tuning tuning = new Tuning(1, 2, 1, Duration.ZERO, "cpu", false, level);
        try (OnnxModel model = OnnxModel.load("tiny", "MIT", file, ModelSpec.UNKNOWN, tuning)) {
            assertThat(model.info().details().licence()).isEqualTo("MIT");
            assertThat(model.parallelism()).isEqualTo(1);
        }
    }

    @Test
    void saysWhichLibraryIsMissing() {
        Exception told = new Exception("Error code - ORT_FAIL - message: /onnxruntime_src/onnxruntime/core/session/"
                + "provider_bridge_ort.cc:1988 onnxruntime::Provider& onnxruntime::ProviderLibrary::Get()"
                + " [ONNXRuntimeError] : 1 : FAIL : Failed to load library /home/me/.cache/libonnxruntime_providers_cuda.so"
                + " with error: libcublasLt.so.12: cannot open shared object file: No such file or directory\n");

        assertThat(Execution.detail(told))
                .isEqualTo(
                        "Failed to load library libonnxruntime_providers_cuda.so with error: libcublasLt.so.12: cannot"
                                + " open shared object file: No such file or directory");
        assertThat(Execution.detail(new Exception("Error code - ORT_INVALID_ARGUMENT - message: no such device")))
                .isEqualTo("no such device");
    }

    @Test
    void readsFromAProfileWhereOperatorsRan() throws IOException {
        Path profile = Files.writeString(directory.resolve("profile.json"), """
                [
                {"cat" : "Session","name" :"session_initialization","args" : {}},
                {"cat" : "Node","name" :"Slice_34_fence_before","args" : {"op_name" : "Slice"}},
                {"cat" : "Node","name" :"Slice_34_kernel_time","args" : {"provider" : "CPUExecutionProvider"}},
                {"cat" : "Node","name" :"Conv_1_kernel_time","args" : {"op_name" : "Conv","provider" : "CUDAExecutionProvider"}},
                {"cat" : "Node","name" :"Conv_2_kernel_time","args" : {"op_name" : "Conv","provider" : "CUDAExecutionProvider"}}
                ]
                """);

        Placement placement = Placement.read(profile);

        assertThat(placement.on("CUDAExecutionProvider")).isEqualTo(2);
        assertThat(placement.on("TensorrtExecutionProvider")).isZero();
        assertThat(placement).hasToString("1 CPUExecutionProvider, 2 CUDAExecutionProvider");
        assertThat(new Placement(Map.of())).hasToString("");
    }

    @Test
    void knowsWhatProvidersAreCalledAndWhatTheyNeed() {
        assertThat(Arrays.stream(Provider.values()).map(Providers::name))
                .containsExactly(
                        "CPUExecutionProvider",
                        "CUDAExecutionProvider",
                        "TensorrtExecutionProvider",
                        "OpenVINOExecutionProvider",
                        "CoreMLExecutionProvider",
                        "DmlExecutionProvider",
                        "XnnpackExecutionProvider");
        assertThat(Arrays.stream(Provider.values()).map(Providers::advice)).noneMatch(String::isBlank);
    }

    private OnnxModel load(String provider, boolean fallback) {
        Tuning tuning = new Tuning(1, 1, 1, Duration.ZERO, provider, fallback);
        return OnnxModel.load("tiny", file, ModelSpec.UNKNOWN, tuning);
    }
}
