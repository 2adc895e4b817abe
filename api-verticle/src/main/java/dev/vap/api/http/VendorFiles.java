package dev.vap.api.http;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** Others' files that pages use: those listed here, out of WebJars on the class path, and no other of theirs. */
final class VendorFiles {

    /** {@code name of the WebJar, path in it}; served at {@code /vendor/name/path}. */
    private static final List<String[]> FILES = List.of(
            new String[] {"lit", "index.js"},
            new String[] {"lit-html", "lit-html.js"},
            new String[] {"lit-html", "is-server.js"},
            new String[] {"lit-html", "directive.js"},
            new String[] {"lit-html", "directive-helpers.js"},
            new String[] {"lit-html", "directives/repeat.js"},
            new String[] {"lit-html", "directives/live.js"},
            new String[] {"lit-element", "lit-element.js"},
            new String[] {"lit__reactive-element", "reactive-element.js"},
            new String[] {"lit__reactive-element", "css-tag.js"},
            new String[] {"chart.js", "dist/chart.umd.min.js"},
            new String[] {"swagger-ui", "swagger-ui-bundle.js"},
            new String[] {"swagger-ui", "swagger-ui.css"},
            new String[] {"redoc", "redoc.standalone.js"});

    private VendorFiles() {}

    /** Resources by the path they are served at. */
    static Map<String, String> resources() {
        Properties versions = versions();
        Map<String, String> resources = new LinkedHashMap<>();
        for (String[] file : FILES) {
            resources.put(
                    "/vendor/" + file[0] + "/" + file[1],
                    "/META-INF/resources/webjars/" + file[0] + "/" + versions.getProperty(file[0]) + "/" + file[1]);
        }
        return resources;
    }

    private static Properties versions() {
        Properties versions = new Properties();
        try {
            versions.load(new StringReader(new String(StaticFile.read("/webjars.properties"), StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return versions;
    }
}
