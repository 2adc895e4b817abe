package dev.vap.api;

import dev.vap.shared.runtime.Services;

/** {@code vap api}: the API service of a cluster. */
public final class ApiMain {

    private ApiMain() {}

    public static void main(String[] args) {
        Services.main("api", args, ApiVerticle::new);
    }
}
