package io.partita.broker;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The arrows of ARCHITECTURE.md: a package uses those before it in the list, so that a reader can stop early. */
class ArchitectureTest {

    private static final String BASE = "io.partita.broker.";

    /** From the bottom up. {@code api.fetch} belongs to {@code api}. */
    private static final List<String> PACKAGES =
            List.of("env", "protocol", "record", "log", "config", "metadata", "replication", "coordinator", "group", "api", "net");

    private static JavaClasses classes;

    @BeforeAll
    static void read() {
        classes = new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("io.partita.broker");
    }

    @Test
    void aPackageUsesOnlyThoseBelowIt() {
        for (int i = 0; i < PACKAGES.size(); i++) {
            String[] above = PACKAGES.subList(i + 1, PACKAGES.size()).stream().map(name -> BASE + name + "..").toArray(String[]::new);
            if (above.length > 0) {
                noClasses().that().resideInAPackage(BASE + PACKAGES.get(i) + "..").should().dependOnClassesThat().resideInAnyPackage(above).check(classes);
            }
        }
    }

    @Test
    void nobodyKnowsTheRootButForInvariants() {
        for (String name : PACKAGES) {
            noClasses().that().resideInAPackage(BASE + name + "..")
                    .should().dependOnClassesThat().haveFullyQualifiedName(BASE + "Broker")
                    .orShould().dependOnClassesThat().haveFullyQualifiedName(BASE + "BrokerOptions")
                    .check(classes);
        }
    }

    @Test
    void vertxIsKnownWhereTheEventLoopsComeFromOnly() {
        noClasses().that().doNotHaveFullyQualifiedName(BASE + "EventLoops").and().doNotHaveFullyQualifiedName(BASE + "BrokerOptions")
                .and().haveSimpleNameNotStartingWith("Broker")
                .should().dependOnClassesThat().resideInAPackage("io.vertx..").check(classes);
    }

    @Test
    void theCoreIsAPlainLibrary() {
        noClasses().should().dependOnClassesThat().resideInAnyPackage("org.apache.kafka..", "io.quarkus..", "jakarta..", "com.fasterxml..").check(classes);
    }
}
