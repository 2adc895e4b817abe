package dev.vap.inference.model;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.VapException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The models there are: those built in, and every {@code NAME.onnx} of the model directory. Looks at the directory anew in
 * every call; blocks for as long as that takes. Thread-safe.
 */
public final class ModelCatalog {

    /** Such a name would share the address of the queries. */
    private static final String RESERVED = "models";

    private static final String SUFFIX = ".onnx";
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-][a-zA-Z0-9._-]{0,99}");

    private static final List<CatalogEntry> BUILT_IN = List.of(
            new CatalogEntry(
                    "yolox-nano",
                    DetectorKind.ONNX,
                    "yolox_nano.onnx",
                    URI.create("https://github.com/Kazuhito00/YOLOX-ONNX-TFLite-Sample/raw/"
                            + "3d4f1119d0694200671c08069ecb847aa0d8495a/model/yolox_nano.onnx"),
                    "695e750a5d5754bb5a8d5325643b59282191a7e7a564e435a415fd3c578eab14",
                    "Apache-2.0",
                    3_660_092,
                    false),
            withoutFile("people", DetectorKind.PEOPLE),
            withoutFile("motion", DetectorKind.MOTION),
            withoutFile("mock", DetectorKind.MOCK));

    private final Path modelDir;

    public ModelCatalog(Path modelDir) {
        this.modelDir = modelDir;
    }

    public Path modelDir() {
        return modelDir;
    }

    /** The built-in models first, then the user's own by name. */
    public List<CatalogEntry> entries() {
        List<CatalogEntry> out = new ArrayList<>();
        for (CatalogEntry entry : BUILT_IN) {
            boolean present = entry.file() == null || Files.isRegularFile(modelDir.resolve(entry.file()));
            out.add(entry.withPresent(present));
        }
        out.addAll(ownFiles());
        return out;
    }

    public Optional<CatalogEntry> find(String name) {
        return entries().stream().filter(e -> e.name().equals(name)).findFirst();
    }

    /** Where the model's file is or belongs. */
    public Path path(CatalogEntry entry) {
        return modelDir.resolve(entry.file());
    }

    /**
     * A model that can be loaded.
     *
     * @throws VapException {@code model_unknown} if it isn't in the catalogue or its file isn't there; says what to do
     */
    public CatalogEntry require(String name) {
        List<CatalogEntry> entries = entries();
        Optional<CatalogEntry> found =
                entries.stream().filter(e -> e.name().equals(name)).findFirst();
        if (found.isEmpty()) {
            String known = entries.stream().map(CatalogEntry::name).collect(Collectors.joining(", "));
            throw new VapException(
                    ErrorCode.MODEL_UNKNOWN,
                    "There is no model \"" + Redact.shorten(name) + "\": use one of " + known + ", or put "
                            + Redact.shorten(name) + ".onnx into MODEL_DIR.");
        }
        if (!found.get().present()) {
            throw new VapException(ErrorCode.MODEL_UNKNOWN, missing(found.get()));
        }
        return found.get();
    }

    /** Why a model that is not present can't be used, and what to do. */
    public String missing(CatalogEntry entry) {
        return "The file of model \"" + entry.name() + "\" is not there yet: run \"vap models pull " + entry.name()
                + "\", or put " + entry.file() + " into MODEL_DIR.";
    }

    private List<CatalogEntry> ownFiles() {
        TreeMap<String, CatalogEntry> out = new TreeMap<>();
        if (!Files.isDirectory(modelDir)) {
            return List.of();
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(modelDir, "*" + SUFFIX)) {
            for (Path path : files) {
                String file = path.getFileName().toString();
                String name = file.substring(0, file.length() - SUFFIX.length());
                boolean ours = BUILT_IN.stream().anyMatch(e -> e.name().equals(name) || file.equals(e.file()));
                if (!ours && !name.equals(RESERVED) && NAME.matcher(name).matches() && Files.isRegularFile(path)) {
                    out.put(
                            name,
                            new CatalogEntry(name, DetectorKind.ONNX, file, null, null, null, Files.size(path), true));
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            throw new VapException(ErrorCode.MODEL_UNKNOWN, "MODEL_DIR can't be read: check its rights.", e);
        }
        return List.copyOf(out.values());
    }

    private static CatalogEntry withoutFile(String name, DetectorKind kind) {
        return new CatalogEntry(name, kind, null, null, null, null, -1, true);
    }
}
