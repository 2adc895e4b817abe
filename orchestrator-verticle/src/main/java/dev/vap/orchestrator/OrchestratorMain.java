package dev.vap.orchestrator;

import dev.vap.shared.runtime.Services;
import dev.vap.shared.storage.Database;

/** One orchestrator as a process of a cluster. */
public final class OrchestratorMain {

    private OrchestratorMain() {}

    public static void main(String[] args) {
        Services.main(OrchestratorMain.class, "orchestrator", args, Database::migrateEarly, OrchestratorVerticle::new);
    }
}
