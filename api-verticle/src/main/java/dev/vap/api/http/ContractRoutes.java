package dev.vap.api.http;

import dev.vap.api.contract.Contract;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

/** The contract itself, for programs. */
final class ContractRoutes {

    private final Buffer yaml;
    private final Buffer json;

    ContractRoutes(Contract contract) {
        this.yaml = contract.yaml();
        this.json = contract.json();
    }

    void mount(RouteTable routes) {
        routes.operation("showContractYaml", call -> document("application/yaml", yaml));
        routes.operation("showContractJson", call -> document(Reply.JSON, json));
    }

    private static Future<Reply> document(String type, Buffer text) {
        return Future.succeededFuture(Reply.json(text).as(type).with("Cache-Control", "no-cache"));
    }
}
