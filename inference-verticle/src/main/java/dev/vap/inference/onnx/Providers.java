package dev.vap.inference.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.providers.CoreMLFlags;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import ai.onnxruntime.providers.OrtTensorRTProviderOptions;
import dev.vap.inference.model.Provider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;

/** What each provider is called in ONNX Runtime, how it is asked for, and what it takes to have it. */
final class Providers {

    /** Engines that TensorRT has built, which takes minutes. */
    private static final String ENGINES = ".tensorrt";

    private Providers() {}

    static boolean available(Provider provider) {
        return OrtEnvironment.getAvailableProviders().contains(of(provider));
    }

    /** As it is called in profiles. */
    static String name(Provider provider) {
        return of(provider).getName();
    }

    /**
     * Adds what was asked for, which loads its libraries. The CPU always stays behind it for operators that the provider does
     * not have: shapes are computed there on purpose, so that forbidding it would refuse most networks.
     *
     * @param model beside which TensorRT may keep what it builds
     */
    static void add(SessionOptions options, Provider.Choice choice, int threads, Path model) throws OrtException {
        switch (choice.provider()) {
            case CPU -> {}
            case CUDA -> addCuda(options, choice.number());
            case TENSORRT -> {
                addTensorRt(options, choice.number(), model);
                // For the operators that TensorRT does not have.
                addCuda(options, choice.number());
            }
            case OPENVINO -> options.addOpenVINO(choice.device() == null ? "AUTO" : choice.device());
            case COREML -> options.addCoreML(EnumSet.noneOf(CoreMLFlags.class));
            case DIRECTML -> {
                // Both are conditions of DirectML.
                options.setMemoryPatternOptimization(false);
                options.setExecutionMode(SessionOptions.ExecutionMode.SEQUENTIAL);
                options.addDirectML(choice.number());
            }
            case XNNPACK -> options.addXnnpack(Map.of("intra_op_num_threads", String.valueOf(threads)));
        }
    }

    /** What to do where it is not to be had. */
    static String advice(Provider provider) {
        return switch (provider) {
            case CPU -> "the CPU is always there";
            case CUDA -> "it needs VAP built with -Pgpu, an NVIDIA driver, CUDA 12 and cuDNN 9 on the library path";
            case TENSORRT ->
                "it needs VAP built with -Pgpu, an NVIDIA driver, CUDA 12, cuDNN 9 and TensorRT 10 on the library path";
            case COREML -> "it needs macOS";
            case OPENVINO, DIRECTML, XNNPACK ->
                "it needs an ONNX Runtime built with it: name the folder of its libraries with"
                        + " -Donnxruntime.native.path=DIR";
        };
    }

    private static void addCuda(SessionOptions options, int device) throws OrtException {
        try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(device)) {
            // Else the arena doubles with every extension, and models crowd each other out.
            cuda.add("arena_extend_strategy", "kSameAsRequested");
            options.addCUDA(cuda);
        }
    }

    private static void addTensorRt(SessionOptions options, int device, Path model) throws OrtException {
        try (OrtTensorRTProviderOptions tensorRt = new OrtTensorRTProviderOptions(device)) {
            Path engines = model.resolveSibling(ENGINES);
            try {
                Files.createDirectories(engines);
                tensorRt.add("trt_engine_cache_enable", "1");
                tensorRt.add("trt_engine_cache_path", engines.toString());
            } catch (IOException e) {
                // A folder of models that can't be written to: engines are built anew at every start.
            }
            options.addTensorrt(tensorRt);
        }
    }

    private static OrtProvider of(Provider provider) {
        return switch (provider) {
            case CPU -> OrtProvider.CPU;
            case CUDA -> OrtProvider.CUDA;
            case TENSORRT -> OrtProvider.TENSOR_RT;
            case OPENVINO -> OrtProvider.OPEN_VINO;
            case COREML -> OrtProvider.CORE_ML;
            case DIRECTML -> OrtProvider.DIRECT_ML;
            case XNNPACK -> OrtProvider.XNNPACK;
        };
    }
}
