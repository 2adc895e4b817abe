package dev.vap.api.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.VapException;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/** What valid JSON may hold that nobody can mean: a name twice in one object, and halves of characters. */
final class JsonTokens {

    private static final JsonFactory FACTORY = new JsonFactory();

    private JsonTokens() {}

    /**
     * @param json valid
     * @throws VapException of INVALID_JSON
     */
    static void check(Buffer json) {
        Deque<Set<String>> objects = new ArrayDeque<>();
        try (JsonParser parser = FACTORY.createParser(json.getBytes())) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                switch (token) {
                    case START_OBJECT -> objects.push(new HashSet<>());
                    case END_OBJECT -> objects.pop();
                    case FIELD_NAME -> {
                        checkText(parser.currentName(), parser);
                        if (!objects.element().add(parser.currentName())) {
                            throw refusal(
                                    "\"" + Redact.shorten(parser.currentName()) + "\" is in the body twice", parser);
                        }
                    }
                    case VALUE_STRING -> checkText(parser.getText(), parser);
                    default -> {}
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void checkText(String text, JsonParser at) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw refusal("The body has half a character, \\u" + Integer.toHexString(c), at);
            }
        }
    }

    private static VapException refusal(String what, JsonParser at) {
        JsonLocation where = at.currentTokenLocation();
        return new VapException(
                ErrorCode.INVALID_JSON,
                what + ", at line " + where.getLineNr() + ", column " + where.getColumnNr()
                        + ": send it once and whole.");
    }
}
