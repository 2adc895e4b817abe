package dev.vap.inference.model;

import dev.vap.inference.yaml.YamlException;
import dev.vap.inference.yaml.YamlNode;
import dev.vap.inference.yaml.YamlNode.Field;
import dev.vap.inference.yaml.YamlNode.Mapping;
import dev.vap.inference.yaml.YamlNode.Scalar;
import dev.vap.inference.yaml.YamlNode.Sequence;
import dev.vap.inference.yaml.YamlReader;
import dev.vap.shared.protocol.InputSpec.Fit;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A file that declares models; {@code docs/models.md} describes it. */
final class CatalogFile {

    /** The heads that a file may name; those that {@code Heads} knows. */
    static final List<String> HEADS =
            List.of("yolox", "yolox-decoded", "yolov5", "yolov8", "yolov10", "rtdetr", "detr", "ssd", "classifier");

    static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-][a-zA-Z0-9._-]{0,99}");

    private static final long MAX_BYTES = 1 << 20;
    private static final int MAX_MODELS = 1_000;
    private static final int MAX_LABELS = 100_000;
    private static final int MAX_LABEL = 200;
    private static final long MAX_MODEL_BYTES = 1L << 40;
    private static final Pattern SIZE = Pattern.compile("(\\d{1,4})\\s*[xX]\\s*(\\d{1,4})");
    private static final Map<String, Fit> FITS =
            Map.of("letterbox", Fit.LETTERBOX, "letterbox_center", Fit.LETTERBOX_CENTER, "stretch", Fit.STRETCH);
    private static final Map<String, ModelSpec.Range> RANGES = Map.of(
            "byte", ModelSpec.Range.BYTE,
            "0..255", ModelSpec.Range.BYTE,
            "unit", ModelSpec.Range.UNIT,
            "0..1", ModelSpec.Range.UNIT,
            "imagenet", ModelSpec.Range.IMAGENET);
    private static final Map<String, String> HEAD_WORDS = HEADS.stream().collect(Collectors.toMap(h -> h, h -> h));

    private final String file;
    private final List<CatalogEntry> entries = new ArrayList<>();
    private final List<CatalogProblem> problems = new ArrayList<>();

    private CatalogFile(String file) {
        this.file = file;
    }

    /**
     * What a file declares.
     *
     * @param entries with their problem, if they have one; not looked for in the model directory yet
     * @param problems of all entries and of the file as a whole, in the order of the file
     */
    record Contents(List<CatalogEntry> entries, List<CatalogProblem> problems) {
        Contents {
            entries = List.copyOf(entries);
            problems = List.copyOf(problems);
        }
    }

    static Contents read(Path path) {
        String name = path.getFileName().toString();
        try {
            long bytes = Files.size(path);
            if (bytes > MAX_BYTES) {
                return broken(name, 0, "has " + bytes + " bytes: at most " + MAX_BYTES + " are read");
            }
            return parse(name, Files.readString(path));
        } catch (CharacterCodingException e) {
            return broken(name, 0, "is no text in UTF-8");
        } catch (IOException e) {
            return broken(name, 0, "can't be read: check its rights");
        }
    }

    static Contents parse(String name, String text) {
        CatalogFile file = new CatalogFile(name);
        try {
            Optional<YamlNode> root = YamlReader.read(text);
            if (root.isPresent()) {
                file.readRoot(root.get());
            }
        } catch (YamlException e) {
            return broken(name, e.line(), e.getMessage());
        }
        return new Contents(file.entries, file.problems);
    }

    private static Contents broken(String name, int line, String what) {
        return new Contents(List.of(), List.of(new CatalogProblem(name, line, "", what)));
    }

    private void readRoot(YamlNode root) {
        if (!(root instanceof Mapping mapping)) {
            problems.add(new CatalogProblem(file, root.line(), "", "must begin with \"models:\""));
            return;
        }
        CatalogFields fields = new CatalogFields(file, "", mapping, problems::add);
        YamlNode models = fields.node("models");
        fields.refuseOthers();
        if (models instanceof Mapping byName) {
            for (Field field : byName.fields()) {
                if (entries.size() == MAX_MODELS) {
                    problems.add(new CatalogProblem(
                            file, field.line(), "models", "has more than " + MAX_MODELS + " models"));
                    return;
                }
                readModel(field);
            }
        } else if (models != null) {
            problems.add(new CatalogProblem(
                    file, models.line(), "models", "must be a mapping: a name of a model, then what is said of it"));
        }
    }

    private void readModel(Field field) {
        String name = field.key();
        String path = "models." + CatalogFields.shorten(name);
        if (!NAME.matcher(name).matches() || name.equals(ModelCatalog.RESERVED)) {
            problems.add(new CatalogProblem(
                    file,
                    field.line(),
                    path,
                    "can't be the name of a model: use up to 100 letters, digits, dots, dashes and underscores"
                            + (name.equals(ModelCatalog.RESERVED) ? ", and not \"models\"" : "")));
            return;
        }
        int before = problems.size();
        CatalogEntry entry;
        if (field.value() instanceof Mapping mapping) {
            entry = model(name, field.line(), new CatalogFields(file, path, mapping, problems::add));
        } else if (field.value() instanceof Scalar scalar && scalar.isNull()) {
            entry = model(name, field.line(), new CatalogFields(file, path, new Mapping(List.of(), 0), problems::add));
        } else {
            problems.add(new CatalogProblem(file, field.line(), path, "must be a mapping of keys to values"));
            entry = new CatalogEntry(name, DetectorKind.ONNX, name + ".onnx", null, null, null, -1, false);
        }
        List<CatalogProblem> own = problems.subList(before, problems.size());
        entries.add(
                own.isEmpty()
                        ? entry
                        : entry.withProblem(
                                own.stream().map(CatalogProblem::sentence).collect(Collectors.joining("; "))));
    }

    private CatalogEntry model(String name, int line, CatalogFields fields) {
        String path = fields.value("file", CatalogFile::relative, "a path of a file within MODEL_DIR, without \"..\"");
        URI url = fields.value("url", CatalogFile::download, "an http or https URL without user and password");
        String sha256 = fields.value(
                "sha256",
                text -> text.matches("[0-9a-fA-F]{64}") ? text.toLowerCase(Locale.ROOT) : null,
                "64 hexadecimal digits");
        Scalar given = fields.scalar("url");
        if (given != null && fields.scalar("sha256") == null) {
            fields.report(
                    given.line(),
                    fields.pathOf("url"),
                    "needs \"sha256\" beside it, so that what is downloaded can be checked");
        }
        String licence = fields.value(
                "licence", text -> text.length() <= 100 && !text.isEmpty() ? text : null, "an SPDX identifier");
        Long bytes = fields.value(
                "bytes",
                text -> {
                    long count = Long.parseLong(text);
                    return count > 0 && count <= MAX_MODEL_BYTES ? count : null;
                },
                "the size of the file, a whole number above 0");
        List<String> labels = labels(fields);
        String labelsFile = labelsFile(fields);
        RunSpec run = run(fields.within("run"));
        ModelSpec spec = spec(fields, labels, run.maxBatch());
        fields.refuseOthers();
        return new CatalogEntry(
                name,
                DetectorKind.ONNX,
                path == null ? name + ".onnx" : path,
                url,
                sha256,
                licence,
                bytes == null ? -1 : bytes,
                false,
                spec,
                labelsFile,
                run,
                null,
                file + ":" + line);
    }

    private static ModelSpec spec(CatalogFields fields, List<String> labels, Integer maxBatch) {
        CatalogFields input = fields.within("input");
        int[] size = input.value("size", CatalogFile::size, "WIDTHxHEIGHT in pixels, such as 640x480, up to 8192");
        ModelSpec.Layout layout = input.oneOf("layout", CatalogFields.words(ModelSpec.Layout.values()));
        ModelSpec.Colours colours = input.oneOf("colours", CatalogFields.words(ModelSpec.Colours.values()));
        ModelSpec.Range range = input.oneOf("range", RANGES);
        Fit fit = input.oneOf("fit", FITS);
        input.refuseOthers();
        return new ModelSpec(
                size == null ? null : size[0],
                size == null ? null : size[1],
                layout,
                colours,
                range,
                fit,
                fields.oneOf("head", HEAD_WORDS),
                labels,
                fields.fraction("confidence"),
                fields.fraction("nms_iou"),
                maxBatch);
    }

    private static RunSpec run(CatalogFields run) {
        String provider = run.value(
                "provider",
                text -> Provider.parse(text).map(Provider.Choice::toString).orElse(null),
                "one of " + Provider.names() + ", with a device as in cuda:1");
        Boolean fallback = run.flag("fallback");
        Integer maxBatch = run.integer("max_batch", 1, 256);
        Integer maxDelay = run.integer("max_delay_ms", 0, 1_000);
        Integer workers = run.integer("workers", 1, 256);
        Integer intra = run.integer("intra_threads", 1, 256);
        run.refuseOthers();
        return new RunSpec(
                provider, fallback, maxBatch, maxDelay == null ? null : Duration.ofMillis(maxDelay), workers, intra);
    }

    /** A list of names, or {@code coco}; null if it is not given, or is a file. */
    private static List<String> labels(CatalogFields fields) {
        YamlNode node = fields.node("labels");
        if (node instanceof Scalar scalar) {
            return scalar.text().equals("coco") ? Labels.COCO : null;
        }
        if (!(node instanceof Sequence list)) {
            if (node != null) {
                fields.report(node.line(), fields.pathOf("labels"), "must be a list of names, a file, or coco");
            }
            return null;
        }
        List<String> labels = new ArrayList<>();
        for (YamlNode item : list.items()) {
            if (item instanceof Scalar scalar
                    && !scalar.text().isBlank()
                    && scalar.text().length() <= MAX_LABEL) {
                labels.add(scalar.text().strip());
            } else {
                fields.report(
                        item.line(),
                        fields.pathOf("labels"),
                        "has an entry that is no name of 1 to " + MAX_LABEL + " characters");
            }
        }
        if (labels.isEmpty() || labels.size() > MAX_LABELS) {
            fields.report(
                    list.line(),
                    fields.pathOf("labels"),
                    "has " + labels.size() + " names: give one for each class of the model");
            return null;
        }
        return labels;
    }

    private static String labelsFile(CatalogFields fields) {
        if (!(fields.node("labels") instanceof Scalar scalar) || scalar.text().equals("coco")) {
            return null;
        }
        return fields.value(
                "labels", CatalogFile::relative, "a list of names, a file of them within MODEL_DIR, or coco");
    }

    private static int[] size(String text) {
        Matcher m = SIZE.matcher(text);
        if (!m.matches()) {
            return null;
        }
        int width = Integer.parseInt(m.group(1));
        int height = Integer.parseInt(m.group(2));
        return width >= 1 && height >= 1 && width <= 8192 && height <= 8192 ? new int[] {width, height} : null;
    }

    private static String relative(String text) {
        try {
            Path path = Path.of(text);
            boolean inside = !text.isEmpty()
                    && !path.isAbsolute()
                    && path.equals(path.normalize())
                    && !path.startsWith("..")
                    && !text.endsWith("/");
            return inside ? text : null;
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private static URI download(String text) {
        URI uri = URI.create(text);
        boolean web = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
        return web && uri.getHost() != null && uri.getRawUserInfo() == null ? uri : null;
    }
}
