package dev.vap.api.live;

import dev.vap.shared.protocol.Addresses;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The JSON that the event-bus bridge speaks, as far as it is for listening. */
final class LiveMessages {

    static final String PONG = "{\"type\":\"pong\"}";

    private static final Pattern PREDICTIONS =
            Pattern.compile("predictions\\.([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})");

    private LiveMessages() {}

    /** What a client asks for. */
    enum Wish {
        REGISTER,
        UNREGISTER,
        PING
    }

    /**
     * @param scenario whose predictions are meant; null for status changes of all
     */
    record Request(Wish wish, String address, UUID scenario) {}

    /** Empty if it is none. */
    static Optional<Request> parse(String text) {
        JsonObject json;
        try {
            json = new JsonObject(text);
        } catch (DecodeException | ClassCastException e) {
            return Optional.empty();
        }
        if ("ping".equals(json.getValue("type"))) {
            return Optional.of(new Request(Wish.PING, null, null));
        }
        boolean register = "register".equals(json.getValue("type"));
        if (!register && !"unregister".equals(json.getValue("type"))) {
            return Optional.empty();
        }
        if (!(json.getValue("address") instanceof String address)) {
            return Optional.empty();
        }
        Wish wish = register ? Wish.REGISTER : Wish.UNREGISTER;
        if (address.equals(Addresses.SCENARIO_STATUS)) {
            return Optional.of(new Request(wish, address, null));
        }
        Matcher m = PREDICTIONS.matcher(address);
        return m.matches() ? Optional.of(new Request(wish, address, UUID.fromString(m.group(1)))) : Optional.empty();
    }

    static String received(String address, JsonObject body) {
        return "{\"type\":\"rec\",\"address\":\"" + address + "\",\"body\":" + body.encode() + "}";
    }

    static String refused(String sentence) {
        return new JsonObject().put("type", "err").put("message", sentence).encode();
    }
}
