package dev.vap.runner.onvif;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.ErrorHandler;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * XML from strangers. Names are compared without their namespaces, which devices get wrong, and without regard to their
 * prefixes.
 */
final class Xml {
    private static final int MAX_DEPTH = 64;
    private static final int MAX_TEXT = 16 * 1024;

    private static final String LIMIT_DEPTH = "http://www.oracle.com/xml/jaxp/properties/maxElementDepth";

    private Xml() {}

    /**
     * Reads a document. One with a DOCTYPE is refused, so that there are neither entities nor files to be drawn in.
     *
     * @param in of bounded length
     * @throws SAXException if it is not well-formed, or refused
     */
    static Element parse(InputStream in) throws SAXException {
        try {
            DocumentBuilder builder = factory().newDocumentBuilder();
            builder.setErrorHandler(new Strict());
            return builder.parse(in).getDocumentElement();
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException("Java's parser knows all of this", e);
        } catch (IOException e) {
            // Bytes that are no text in the encoding that the document names.
            throw new SAXException(e);
        }
    }

    private static DocumentBuilderFactory factory() throws ParserConfigurationException {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
        factory.setNamespaceAware(true);
        factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        factory.setFeature("http://xml.org/sax/features/external-general-entities", false);
        factory.setFeature("http://xml.org/sax/features/external-parameter-entities", false);
        factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");
        factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "");
        factory.setAttribute(LIMIT_DEPTH, String.valueOf(MAX_DEPTH));
        factory.setXIncludeAware(false);
        factory.setExpandEntityReferences(false);
        return factory;
    }

    /** The child elements of this name. */
    static List<Element> children(Element parent, String name) {
        List<Element> found = new ArrayList<>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element && element.getLocalName().equals(name)) {
                found.add(element);
            }
        }
        return found;
    }

    /** Null if there is none. */
    static Element firstChild(Element parent) {
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element) {
                return element;
            }
        }
        return null;
    }

    /** The element that the names lead to, always by the first child of a name; null if there is none. */
    static Element find(Element from, String... names) {
        Element at = from;
        for (String name : names) {
            List<Element> next = at == null ? List.of() : children(at, name);
            at = next.isEmpty() ? null : next.get(0);
        }
        return at;
    }

    /** The text of the element that the names lead to, without surrounding space; empty if there is none. */
    static String text(Element from, String... names) {
        Element element = find(from, names);
        String text = element == null ? "" : element.getTextContent().strip();
        return text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) : text;
    }

    /** @return -1 if it is no number */
    static int number(Element from, String... names) {
        String text = text(from, names);
        return text.matches("\\d{1,9}") ? Integer.parseInt(text) : -1;
    }

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** Throws instead of writing to the standard error stream. */
    private static final class Strict implements ErrorHandler {

        @Override
        public void warning(SAXParseException e) {
            // Of no consequence.
        }

        @Override
        public void error(SAXParseException e) throws SAXException {
            throw e;
        }

        @Override
        public void fatalError(SAXParseException e) throws SAXException {
            throw e;
        }
    }
}
