package dev.vap.inference;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.vap.inference", importOptions = DoNotIncludeTests.class)
class LayersTest {

    @ArchTest
    static final ArchRule ONE_PACKAGE_KNOWS_ONNX_RUNTIME = noClasses()
            .that()
            .resideOutsideOfPackage("dev.vap.inference.onnx")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.onnxruntime..");

    @ArchTest
    static final ArchRule ONE_PACKAGE_KNOWS_OPENCV = noClasses()
            .that()
            .resideOutsideOfPackage("dev.vap.inference.vision")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.opencv..", "nu.pattern..");

    @ArchTest
    static final ArchRule ONE_PACKAGE_KNOWS_YAML = noClasses()
            .that()
            .resideOutsideOfPackage("dev.vap.inference.yaml")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.snakeyaml..");

    @ArchTest
    static final ArchRule ONLY_THE_VERTICLE_KNOWS_VERTX = noClasses()
            .that()
            .resideInAPackage("dev.vap.inference.*")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.vertx..");

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("dev.vap.inference.(*)..").should().beFreeOfCycles();
}
