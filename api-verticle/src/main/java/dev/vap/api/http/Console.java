package dev.vap.api.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The console at {@code /}, its modules, and the pages that show the contract. */
final class Console {

    private static final String ROOT = "/webroot/";
    private static final String INDEX = ROOT + "index.html";

    /** One page at two addresses: its script sees which of them it is at. */
    private static final String CONTRACT = ROOT + "contract.html";

    /** What every page has in common: only from this origin, no framing. */
    private static final String COMMON =
            "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';";

    /** For what is no page. */
    private static final String NOTHING = "default-src 'none'; frame-ancestors 'none'";

    /** Swagger UI sets styles as attributes and brings its icons as data. */
    private static final String SWAGGER =
            COMMON + " script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

    /** Redoc writes style elements; its search runs in a worker that it makes of a blob. */
    private static final String REDOC =
            COMMON + " script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; worker-src blob:";

    private static final Pattern INLINE = Pattern.compile("<script type=\"importmap\">(.*?)</script>", Pattern.DOTALL);

    private Console() {}

    static void mount(RouteTable routes) {
        files().forEach((path, file) -> routes.page(path, file::answer));
        StaticFile swagger = new StaticFile(CONTRACT, SWAGGER);
        StaticFile redoc = new StaticFile(CONTRACT, REDOC);
        routes.operation("showSwaggerUi", call -> swagger.answer(call.context()));
        routes.operation("showRedoc", call -> redoc.answer(call.context()));
    }

    /** All files but the pages that show the contract, by the path they are served at. */
    static Map<String, StaticFile> files() {
        Map<String, StaticFile> files = new LinkedHashMap<>();
        files.put("/", new StaticFile(INDEX, consolePolicy()));
        files.put("/favicon.svg", new StaticFile(ROOT + "favicon.svg", NOTHING));
        for (String name : modules()) {
            files.put("/console/" + name, new StaticFile(ROOT + "console/" + name, NOTHING));
        }
        VendorFiles.resources().forEach((path, resource) -> files.put(path, new StaticFile(resource, NOTHING)));
        return files;
    }

    /** Nothing inline but the import map, which is named by its digest. */
    static String consolePolicy() {
        String page = new String(StaticFile.read(INDEX), StandardCharsets.UTF_8);
        Matcher inline = INLINE.matcher(page);
        if (!inline.find()) {
            throw new IllegalStateException(INDEX + " has no import map");
        }
        byte[] digest = StaticFile.sha256(inline.group(1).getBytes(StandardCharsets.UTF_8));
        return COMMON + " script-src 'self' 'sha256-"
                + Base64.getEncoder().encodeToString(digest)
                + "'; style-src 'self'; img-src 'self'; media-src 'self'";
    }

    /** The paths of the console's own files below {@code /console/}. */
    private static List<String> modules() {
        try {
            URL index = Console.class.getResource(INDEX);
            if (index.openConnection() instanceof JarURLConnection jar) {
                String prefix = (ROOT + "console/").substring(1);
                return jar.getJarFile().stream()
                        .filter(entry -> !entry.isDirectory() && entry.getName().startsWith(prefix))
                        .map(entry -> entry.getName().substring(prefix.length()))
                        .toList();
            }
            Path root = Path.of(new URI(index.toString())).resolveSibling("console");
            try (Stream<Path> found = Files.walk(root)) {
                return found.filter(Files::isRegularFile)
                        .map(file -> root.relativize(file).toString().replace('\\', '/'))
                        .toList();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
