package dev.vap.runner.onvif;

import java.util.Locale;
import org.w3c.dom.Element;

/** A device's refusal of a request, told in SOAP 1.2 or 1.1. */
final class SoapFault extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int MAX_REASON = 120;

    private final String codes;

    private SoapFault(String codes, String reason) {
        super(reason, null, false, false);
        this.codes = codes;
    }

    static SoapFault of(Element fault) {
        StringBuilder codes = new StringBuilder(Xml.text(fault, "faultcode"));
        for (Element code = Xml.find(fault, "Code"); code != null; code = Xml.find(code, "Subcode")) {
            codes.append(' ').append(Xml.text(code, "Value"));
        }
        String reason = Xml.text(fault, "Reason", "Text");
        reason = reason.isEmpty() ? Xml.text(fault, "faultstring") : reason;
        String said = Words.clean(reason.isEmpty() ? codes.toString() : reason, MAX_REASON);
        // Sentences are put together with it.
        return new SoapFault(codes.toString(), said.endsWith(".") ? said.substring(0, said.length() - 1) : said);
    }

    boolean isUnauthorized() {
        String said = (codes + " " + getMessage()).toLowerCase(Locale.ROOT).replaceAll("[\\s_-]", "");
        return said.contains("notauthorized") || said.contains("failedauthentication") || said.contains("unauthorized");
    }
}
