package dev.vap.inference.model;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.VapException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The models there are: those built in, those that {@code models.yaml} and {@code *.models.yaml} of the model directory
 * declare, and every {@code NAME.onnx} beside them. Looks at the directory anew in every call, and reads a file again only if
 * it has changed; blocks for as long as that takes. Thread-safe.
 */
public final class ModelCatalog {

    /** Such a name would share the address of the queries. */
    static final String RESERVED = "models";

    /** The user's own catalogue; further ones end so. */
    private static final String OWN = "models.yaml";

    private static final String OTHERS = ".models.yaml";
    private static final String SUFFIX = ".onnx";
    private static final List<CatalogEntry> BUILT_IN = builtIn();

    private final Path modelDir;
    private final Consumer<CatalogProblem> listener;
    private final Map<String, Parsed> parsed = new HashMap<>();
    private Set<CatalogProblem> told = Set.of();

    public ModelCatalog(Path modelDir) {
        this(modelDir, problem -> {});
    }

    /**
     * @param listener told of a problem of a file when it is first seen, and again when it comes back
     */
    public ModelCatalog(Path modelDir, Consumer<CatalogProblem> listener) {
        this.modelDir = modelDir;
        this.listener = listener;
    }

    /** A catalogue file as it was read, to be read again once it has another time or size. */
    private record Parsed(FileTime modified, long bytes, CatalogFile.Contents contents) {}

    /**
     * What there is.
     *
     * @param entries the built-in models first, then those declared, then files of which nothing is said, by name
     * @param problems of catalogue files; an entry that has one says so itself too
     */
    public record Contents(List<CatalogEntry> entries, List<CatalogProblem> problems) {
        public Contents {
            entries = List.copyOf(entries);
            problems = List.copyOf(problems);
        }
    }

    public Path modelDir() {
        return modelDir;
    }

    public List<CatalogEntry> entries() {
        return contents().entries();
    }

    public synchronized Contents contents() {
        Map<String, CatalogEntry> byName = new LinkedHashMap<>();
        BUILT_IN.forEach(entry -> byName.put(entry.name(), entry));
        List<CatalogProblem> problems = new ArrayList<>();
        TreeSet<String> names = new TreeSet<>();
        TreeSet<String> models = new TreeSet<>();
        look(names, models);
        parsed.keySet().retainAll(names);
        // The plain name comes first, so that its entries win over those of the same name.
        if (names.remove(OWN)) {
            add(OWN, byName, problems);
        }
        names.forEach(name -> add(name, byName, problems));
        Set<String> claimed = byName.values().stream()
                .filter(entry -> entry.file() != null)
                .map(CatalogEntry::file)
                .collect(Collectors.toSet());
        for (String file : models) {
            String name = file.substring(0, file.length() - SUFFIX.length());
            boolean free = !claimed.contains(file) && !byName.containsKey(name) && !name.equals(RESERVED);
            if (free && CatalogFile.NAME.matcher(name).matches()) {
                byName.put(name, new CatalogEntry(name, DetectorKind.ONNX, file, null, null, null, -1, false));
            }
        }
        List<CatalogEntry> entries =
                byName.values().stream().map(entry -> located(entry, problems)).toList();
        tell(problems);
        return new Contents(entries, problems);
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
     * @throws VapException {@code model_unknown} if it isn't in the catalogue or its file isn't there,
     *     {@code model_unsupported} if what the catalogue says of it is wrong; says what to do
     */
    public CatalogEntry require(String name) {
        Contents contents = contents();
        CatalogEntry entry = contents.entries().stream()
                .filter(e -> e.name().equals(name))
                .findFirst()
                .orElseThrow(() -> unknown(name, contents));
        if (entry.problem() != null) {
            throw new VapException(ErrorCode.MODEL_UNSUPPORTED, wrong(entry));
        }
        if (!entry.present()) {
            throw new VapException(ErrorCode.MODEL_UNKNOWN, missing(entry));
        }
        return entry;
    }

    /** Why a model that is not present can't be used, and what to do. */
    public String missing(CatalogEntry entry) {
        boolean offered = entry.url() != null;
        return "The file of model \"" + entry.name() + "\" is not there yet: "
                + (offered ? "run \"vap models pull " + entry.name() + "\", or put " : "put ") + entry.file()
                + " into MODEL_DIR.";
    }

    /** Why a model with a problem can't be used, and what to do. */
    public String wrong(CatalogEntry entry) {
        return "What the catalogue says of model \"" + entry.name() + "\" is wrong: " + entry.problem()
                + ". Correct the file.";
    }

    /**
     * What can be different about a model when it is tried again: what is said of it, and the files of its folder, for weights
     * and labels lie there too.
     */
    public record Trace(CatalogEntry entry, Set<Seen> files) {
        public Trace {
            files = Set.copyOf(files);
        }
    }

    /** A file as it was. */
    public record Seen(Path file, long bytes, FileTime modified) {}

    /** Of a model that could be there; empty if nobody knows that name. */
    public Optional<Trace> trace(String name) {
        return find(name).map(this::trace);
    }

    public Trace trace(CatalogEntry entry) {
        Set<Seen> files = new HashSet<>();
        if (entry.file() != null) {
            see(path(entry).toAbsolutePath().getParent(), files);
        }
        if (entry.labelsFile() != null) {
            see(modelDir.resolve(entry.labelsFile()).toAbsolutePath().getParent(), files);
        }
        return new Trace(entry, files);
    }

    private static void see(Path folder, Set<Seen> files) {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            for (Path file : all) {
                if (Files.isRegularFile(file)) {
                    files.add(new Seen(file, Files.size(file), Files.getLastModifiedTime(file)));
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // A folder that is not there, or a file that has just gone: whoever loads the model says what is wrong.
        }
    }

    /**
     * What is said of a network, with the labels of its labels file.
     *
     * @throws VapException {@code model_unsupported}, with what is wrong with the labels file
     */
    public ModelSpec spec(CatalogEntry entry) {
        return entry.labelsFile() == null
                ? entry.spec()
                : entry.spec().withLabels(LabelsFile.read(modelDir.resolve(entry.labelsFile())));
    }

    private static VapException unknown(String name, Contents contents) {
        String known = contents.entries().stream()
                .filter(entry -> entry.problem() == null)
                .map(CatalogEntry::name)
                .collect(Collectors.joining(", "));
        String broken = contents.problems().stream()
                .map(CatalogProblem::file)
                .distinct()
                .collect(Collectors.joining(", "));
        return new VapException(
                ErrorCode.MODEL_UNKNOWN,
                "There is no model \"" + Redact.shorten(name) + "\": use one of " + known + ", or put "
                        + Redact.shorten(name) + ".onnx into MODEL_DIR."
                        + (broken.isEmpty()
                                ? ""
                                : " Not all of " + broken + " could be read: see \"vap models verify\"."));
    }

    /** All catalogue files and all models of the directory, by name. */
    private void look(Set<String> catalogues, Set<String> models) {
        if (!Files.isDirectory(modelDir)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(modelDir, "*.{onnx,yaml}")) {
            for (Path path : files) {
                String file = path.getFileName().toString();
                boolean catalogue = file.equals(OWN) || (file.endsWith(OTHERS) && !file.startsWith("."));
                if (catalogue) {
                    catalogues.add(file);
                } else if (file.endsWith(SUFFIX) && Files.isRegularFile(path)) {
                    models.add(file);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            throw new VapException(ErrorCode.MODEL_UNKNOWN, "MODEL_DIR can't be read: check its rights.", e);
        }
    }

    private void add(String file, Map<String, CatalogEntry> byName, List<CatalogProblem> problems) {
        CatalogFile.Contents contents = read(file);
        problems.addAll(contents.problems());
        for (CatalogEntry entry : contents.entries()) {
            CatalogEntry other = byName.get(entry.name());
            if (other == null) {
                byName.put(entry.name(), entry);
                continue;
            }
            problems.add(problem(
                    entry,
                    "",
                    other.origin() == null
                            ? "is the name of a built-in model: give it another one"
                            : "is already declared in " + other.origin() + ", which counts: give it another name"));
        }
    }

    private CatalogFile.Contents read(String file) {
        Path path = modelDir.resolve(file);
        try {
            FileTime modified = Files.getLastModifiedTime(path);
            long bytes = Files.size(path);
            Parsed before = parsed.get(file);
            if (before == null || !before.modified().equals(modified) || before.bytes() != bytes) {
                before = new Parsed(modified, bytes, CatalogFile.read(path));
                parsed.put(file, before);
            }
            return before.contents();
        } catch (IOException e) {
            parsed.remove(file);
            return CatalogFile.read(path);
        }
    }

    private void tell(List<CatalogProblem> problems) {
        Set<CatalogProblem> now = new HashSet<>(problems);
        problems.stream().filter(problem -> !told.contains(problem)).forEach(listener);
        told = now;
    }

    /**
     * Of an entry that a file declares.
     *
     * @param key begins with a dot; empty for the entry as a whole
     */
    private static CatalogProblem problem(CatalogEntry entry, String key, String what) {
        int colon = entry.origin().lastIndexOf(':');
        return new CatalogProblem(
                entry.origin().substring(0, colon),
                Integer.parseInt(entry.origin().substring(colon + 1)),
                "models." + CatalogFields.shorten(entry.name()) + key,
                what);
    }

    /** With what the directory says of its files. */
    private CatalogEntry located(CatalogEntry entry, List<CatalogProblem> problems) {
        if (entry.file() == null) {
            return entry;
        }
        Path path = path(entry);
        boolean present = Files.isRegularFile(path);
        long size = entry.bytes();
        if (size < 0 && present) {
            try {
                size = Files.size(path);
            } catch (IOException e) {
                present = false;
            }
        }
        CatalogEntry located = entry.withPresent(present, size);
        boolean noLabels = entry.labelsFile() != null && !Files.isRegularFile(modelDir.resolve(entry.labelsFile()));
        if (!noLabels || entry.problem() != null) {
            return located;
        }
        CatalogProblem missing = problem(entry, ".labels", "there is no file " + entry.labelsFile() + " in MODEL_DIR");
        problems.add(missing);
        return located.withProblem(missing.sentence());
    }

    private static List<CatalogEntry> builtIn() {
        List<CatalogEntry> out = new ArrayList<>(shipped());
        out.add(withoutFile("people", DetectorKind.PEOPLE));
        out.add(withoutFile("motion", DetectorKind.MOTION));
        out.add(withoutFile("mock", DetectorKind.MOCK));
        return List.copyOf(out);
    }

    private static List<CatalogEntry> shipped() {
        try (InputStream in = ModelCatalog.class.getResourceAsStream(OWN)) {
            CatalogFile.Contents contents =
                    CatalogFile.parse(OWN, new String(in.readAllBytes(), StandardCharsets.UTF_8));
            if (!contents.problems().isEmpty()) {
                throw new IllegalStateException(
                        "the built-in catalogue: " + contents.problems().get(0).sentence());
            }
            return contents.entries().stream().map(CatalogEntry::withoutOrigin).toList();
        } catch (IOException e) {
            throw new IllegalStateException("the built-in catalogue can't be read", e);
        }
    }

    private static CatalogEntry withoutFile(String name, DetectorKind kind) {
        return new CatalogEntry(name, kind, null, null, null, null, -1, true);
    }
}
