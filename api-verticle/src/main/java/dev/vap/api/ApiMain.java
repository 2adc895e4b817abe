package dev.vap.api;

import dev.vap.shared.runtime.Services;
import dev.vap.shared.storage.Database;

/** {@code vap api}: the API service of a cluster. */
public final class ApiMain {

    private ApiMain() {}

    public static void main(String[] args) {
        Services.main(ApiMain.class, "api", args, Database::migrateEarly, ApiVerticle::new);
    }
}
