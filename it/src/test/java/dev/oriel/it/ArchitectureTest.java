package dev.oriel.it;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The walls of ARCHITECTURE.md: who may use whom, and where processes, SQL and sleeps may stand. */
class ArchitectureTest {
    private static final JavaClasses ORIEL = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.oriel.core", "dev.oriel.host", "dev.oriel.gateway", "dev.oriel.api", "dev.oriel.app");

    @Test
    void everyModule_isLookedAt() {
        for (String module : new String[] {"core", "host", "gateway", "api", "app"}) {
            assertThat(ORIEL.stream().filter(type -> type.getPackageName().startsWith("dev.oriel." + module)))
                    .as("classes of %s", module)
                    .hasSizeGreaterThan(5);
        }
    }

    @Test
    void core_usesOnlyJdkJspecifyAndJackson() {
        check(classes()
                .that()
                .resideInAPackage("dev.oriel.core..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "dev.oriel.core..",
                        "java..",
                        "org.jspecify..",
                        "tools.jackson..",
                        "com.fasterxml.jackson.annotation.."));
    }

    @Test
    void host_knowsNoSpringSqlRedisOrOtherRole() {
        check(noClasses()
                .that()
                .resideInAPackage("dev.oriel.host..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.springframework..",
                        "java.sql..",
                        "javax.sql..",
                        "io.lettuce..",
                        "io.netty..",
                        "dev.oriel.gateway..",
                        "dev.oriel.api..",
                        "dev.oriel.app.."));
    }

    @Test
    void gateway_knowsNoSpringSqlOrOtherRole() {
        check(noClasses()
                .that()
                .resideInAPackage("dev.oriel.gateway..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.springframework..",
                        "java.sql..",
                        "javax.sql..",
                        "dev.oriel.host..",
                        "dev.oriel.api..",
                        "dev.oriel.app.."));
    }

    @Test
    void api_knowsNoOtherRole() {
        check(noClasses()
                .that()
                .resideInAPackage("dev.oriel.api..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.oriel.host..", "dev.oriel.gateway..", "dev.oriel.app.."));
    }

    @ParameterizedTest
    @ValueSource(strings = {"core", "host", "gateway", "api", "app"})
    void featurePackages_haveNoCycles(String module) {
        check(slices().matching("dev.oriel." + module + ".(*)..").should().beFreeOfCycles());
    }

    @Test
    void processes_areStartedOnlyWhereTheyHaveAnOwner() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages("dev.oriel.host.qemu..", "dev.oriel.host.disk..", "dev.oriel.app..")
                .should()
                .dependOnClassesThat()
                .areAssignableTo(ProcessBuilder.class));
        check(noClasses().should().callMethod(Runtime.class, "exec", String.class));
    }

    /** It searches the list of mounts, which a container or chroot need not have; {@code File.getUsableSpace} asks. */
    @Test
    void freeSpace_isNotSoughtInTheListOfMounts() {
        check(noClasses().should().callMethod(Files.class, "getFileStore", Path.class));
    }

    @Test
    void sql_standsOnlyInStores() {
        check(noClasses()
                .that()
                .resideInAPackage("dev.oriel..")
                .and()
                .haveSimpleNameNotEndingWith("Store")
                .and()
                .resideOutsideOfPackage("dev.oriel.app..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("org.springframework.jdbc.core.simple.JdbcClient"));
    }

    @Test
    void mainCode_neverSleeps() {
        check(noClasses().should().callMethod(Thread.class, "sleep", long.class));
        check(noClasses().should().callMethod(Thread.class, "sleep", java.time.Duration.class));
    }

    @Test
    void names_sayWhatThingsAre() {
        check(noClasses().should().haveNameMatching(".*(Util|Utils|Helper|Impl|Service|Common|Manager)$"));
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(ORIEL);
    }
}
