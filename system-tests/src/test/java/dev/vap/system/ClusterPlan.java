package dev.vap.system;

import dev.vap.testing.Ports;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a cluster consists of; {@link #build()} makes it, nothing is started before the first test. */
final class ClusterPlan {

    private static final int MOST_RUNNERS = 5;

    private final String name;
    private final Map<Service, Integer> counts = new LinkedHashMap<>();
    private final Map<String, Integer> clips = new LinkedHashMap<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private int runnersAtStart = 1;

    private ClusterPlan(String name) {
        this.name = name;
        counts.put(Service.API, 1);
        counts.put(Service.ORCHESTRATOR, 1);
        counts.put(Service.INFERENCE, 1);
        counts.put(Service.RUNNER, MOST_RUNNERS);
    }

    /** One of each service, unless said otherwise. */
    static ClusterPlan named(String name) {
        return new ClusterPlan(name);
    }

    ClusterPlan apis(int count) {
        counts.put(Service.API, count);
        return this;
    }

    ClusterPlan orchestrators(int count) {
        counts.put(Service.ORCHESTRATOR, count);
        return this;
    }

    ClusterPlan inference(int count) {
        counts.put(Service.INFERENCE, count);
        return this;
    }

    ClusterPlan runners(int atStart) {
        runnersAtStart = atStart;
        return this;
    }

    /** A drawn clip in the media root. */
    ClusterPlan clip(String file, int frames) {
        clips.put(file, frames);
        return this;
    }

    /** A setting of all processes. */
    ClusterPlan with(String key, String value) {
        environment.put(key, value);
        return this;
    }

    Cluster build() {
        return new Cluster(this);
    }

    String name() {
        return name;
    }

    int runnersAtStart() {
        return runnersAtStart;
    }

    Map<String, Integer> clips() {
        return clips;
    }

    Map<String, String> environment() {
        return environment;
    }

    List<Cluster.Slot> slots() {
        List<Cluster.Slot> slots = new ArrayList<>();
        counts.forEach((service, count) -> {
            for (int i = 1; i <= count; i++) {
                int http = service == Service.API ? Ports.take() : 0;
                slots.add(new Cluster.Slot(service, service.word() + "-" + i, Ports.take(), Ports.take(), http));
            }
        });
        return slots;
    }
}
