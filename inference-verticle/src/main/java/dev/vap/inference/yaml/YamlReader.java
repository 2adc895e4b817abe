package dev.vap.inference.yaml;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads one YAML document from events, so that nothing is ever constructed from a tag, nesting is bounded before it is
 * followed, and each value keeps its line. Anchors and aliases are refused: a few lines of them can stand for gigabytes.
 */
public final class YamlReader {

    private static final int MAX_DEPTH = 16;
    private static final int MAX_CHARACTERS = 4 << 20;

    private final Iterator<Event> events;

    private YamlReader(Iterator<Event> events) {
        this.events = events;
    }

    /**
     * @return empty for a text of comments and white space
     */
    public static Optional<YamlNode> read(String text) throws YamlException {
        LoadSettings settings =
                LoadSettings.builder().setCodePointLimit(MAX_CHARACTERS).build();
        try {
            return new YamlReader(new Parse(settings).parseString(text).iterator()).document();
        } catch (MarkedYamlEngineException e) {
            String context = e.getContext() == null ? "" : e.getContext() + ": ";
            throw new YamlException(
                    lineOf(e.getProblemMark().or(e::getContextMark)),
                    "is not valid YAML: " + oneLine(context + e.getProblem()),
                    e);
        } catch (YamlEngineException e) {
            throw new YamlException(0, "is not valid YAML: " + oneLine(String.valueOf(e.getMessage())), e);
        }
    }

    private Optional<YamlNode> document() throws YamlException {
        Optional<YamlNode> root = Optional.empty();
        boolean started = false;
        while (events.hasNext()) {
            Event event = events.next();
            switch (event.getEventId()) {
                case StreamStart, StreamEnd, DocumentEnd, Comment -> {}
                case DocumentStart -> {
                    if (started) {
                        throw refused(event, "holds more than one document (\"---\"): give one");
                    }
                    started = true;
                }
                case Alias, Scalar, SequenceStart, MappingStart, SequenceEnd, MappingEnd ->
                    root = Optional.of(node(event, 0));
            }
        }
        boolean nothing = root.isPresent() && root.get() instanceof YamlNode.Scalar scalar && scalar.isNull();
        return nothing ? Optional.empty() : root;
    }

    private YamlNode node(Event event, int depth) throws YamlException {
        if (depth > MAX_DEPTH) {
            throw refused(event, "is nested more than " + MAX_DEPTH + " deep");
        }
        boolean anchored = event instanceof NodeEvent named && named.getAnchor().isPresent();
        if (anchored || event instanceof AliasEvent) {
            throw refused(event, "uses an anchor or alias (\"&\", \"*\"): write the value out");
        }
        int line = lineOf(event.getStartMark());
        if (event instanceof ScalarEvent scalar) {
            refuseTag(event, scalar.getTag());
            return new YamlNode.Scalar(scalar.getValue(), scalar.getScalarStyle() == ScalarStyle.PLAIN, line);
        }
        refuseTag(event, ((CollectionStartEvent) event).getTag());
        return event.getEventId() == Event.ID.SequenceStart ? sequence(line, depth) : mapping(line, depth);
    }

    private YamlNode sequence(int line, int depth) throws YamlException {
        List<YamlNode> items = new ArrayList<>();
        for (Event event = events.next(); event.getEventId() != Event.ID.SequenceEnd; event = events.next()) {
            items.add(node(event, depth + 1));
        }
        return new YamlNode.Sequence(items, line);
    }

    private YamlNode mapping(int line, int depth) throws YamlException {
        List<YamlNode.Field> fields = new ArrayList<>();
        for (Event event = events.next(); event.getEventId() != Event.ID.MappingEnd; event = events.next()) {
            if (!(node(event, depth + 1) instanceof YamlNode.Scalar key)) {
                throw refused(event, "has a list or a mapping as a key");
            }
            fields.add(new YamlNode.Field(key.text(), node(events.next(), depth + 1), key.line()));
        }
        return new YamlNode.Mapping(fields, line);
    }

    private static void refuseTag(Event event, Optional<String> tag) throws YamlException {
        if (tag.isPresent()) {
            throw refused(event, "uses a tag (\"" + oneLine(tag.get()) + "\"): tags are not read");
        }
    }

    private static YamlException refused(Event event, String why) {
        return new YamlException(lineOf(event.getStartMark()), why, null);
    }

    private static int lineOf(Optional<Mark> mark) {
        return mark.map(m -> m.getLine() + 1).orElse(0);
    }

    private static String oneLine(String text) {
        String line = text.replaceAll("\\s+", " ").strip();
        return line.length() > 200 ? line.substring(0, 200) + "..." : line;
    }
}
