package dev.vap.standalone;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;

/** What may know what. The services can be started apart only as long as they know each other by messages alone. */
@AnalyzeClasses(packages = "dev.vap", importOptions = ImportOption.DoNotIncludeTests.class)
class LayersTest {

    private static final String[] SERVICES = {
        "dev.vap.api..", "dev.vap.orchestrator..", "dev.vap.runner..", "dev.vap.inference.."
    };

    @ArchTest
    static final ArchRule servicesDoNotKnowEachOther =
            slices().assignedFrom(new ServiceOf()).should().notDependOnEachOther();

    /** A slice a service; everything else is in none. */
    private static final class ServiceOf implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            for (String service : SERVICES) {
                if (resideInAnyPackage(service).test(type)) {
                    return SliceIdentifier.of(service);
                }
            }
            return SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
            return "services";
        }
    }

    @ArchTest
    static final ArchRule sharedKnowsNoService = noClasses()
            .that()
            .resideInAPackage("dev.vap.shared..")
            .should()
            .dependOnClassesThat(resideInAnyPackage(SERVICES)
                    .or(resideInAnyPackage("dev.vap.standalone..", "dev.vap.embedded..", "dev.vap.testing..")));

    @ArchTest
    static final ArchRule nothingButStandaloneKnowsTheEmbeddedServers = noClasses()
            .that()
            .resideOutsideOfPackages("dev.vap.standalone..", "dev.vap.embedded..", "dev.vap.testing..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.vap.embedded..", "dev.vap.standalone..", "dev.vap.testing..");

    @ArchTest
    static final ArchRule onlyStorageKnowsTheSqlClient = noClasses()
            .that()
            .resideOutsideOfPackage("..storage..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx.sqlclient..", "io.vertx.pgclient..");

    @ArchTest
    static final ArchRule onlyOnnxKnowsOnnxRuntime = noClasses()
            .that()
            .resideOutsideOfPackage("dev.vap.inference.onnx..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.onnxruntime..");

    @ArchTest
    static final ArchRule onlyDecodeKnowsFfmpeg = noClasses()
            .that()
            .resideOutsideOfPackages("dev.vap.runner.decode..", "dev.vap.testing.video..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.bytedeco..");

    @ArchTest
    static final ArchRule decisionsOfTheOrchestratorArePure = noClasses()
            .that()
            .resideInAPackage("dev.vap.orchestrator.scenario..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx..", "java.sql..", "org.apache.kafka..", "..storage..", "..messaging..");

    @ArchTest
    static final ArchRule domainKnowsNoIo = noClasses()
            .that()
            .resideInAPackage("dev.vap.shared.domain..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.kafka..",
                    "io.vertx.core.eventbus..",
                    "io.vertx.ext..",
                    "io.vertx.sqlclient..",
                    "io.vertx.pgclient..",
                    "java.sql..",
                    "java.net.http..",
                    "dev.vap.shared.storage..",
                    "dev.vap.shared.messaging..",
                    "dev.vap.shared.runtime..");

    @ArchTest
    static final ArchRule theClientIsAClientLikeAnyOther = noClasses()
            .that()
            .resideInAPackage("dev.vap.standalone.client..")
            .should()
            .dependOnClassesThat(resideInAnyPackage(SERVICES));
}
