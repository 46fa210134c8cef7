package io.partita.broker;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.elements.ClassesShouldConjunction;
import java.io.File;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * The arrows between the packages: whoever reads one of them may stop at those above it in {@link #PACKAGES}. And what is kept out of the core, so
 * that it starts in tens of milliseconds inside an application that has its own Kafka client and its own framework.
 */
class ArchitectureTest {

    private static final String BASE = "io.partita.broker";

    /** Each may use those before it. Groups and, one day, transactions are built on the coordinator; neither knows of the log it writes to. */
    private static final List<String> PACKAGES = List.of("env", "protocol", "record", "log", "config", "security", "quota", "control", "metadata", "cluster",
            "delay", "replication",
            "coordinator",
            "group", "transaction", "share", "api",
            "net", "link");

    /** Passed by every request. Formatting by pattern there costs more than the work it describes. */
    private static final Set<String> HOT = Set.of("protocol", "record", "replication", "api.fetch", "net", "link");

    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains(File.separator + "test-classes" + File.separator))
            .importPackages(BASE);

    private static Predicate<JavaClass> in(String name) {
        String wanted = BASE + "." + name;
        return type -> type.getPackageName().equals(wanted) || type.getPackageName().startsWith(wanted + ".");
    }

    private static boolean isInRoot(JavaClass type) {
        return type.getPackageName().equals(BASE);
    }

    /** The words that every package may use: what must always hold. */
    private static boolean isInvariant(JavaClass type) {
        return type.getName().startsWith(Invariant.class.getName());
    }

    private static void check(ClassesShouldConjunction rule) {
        rule.check(MAIN);
    }

    @Test
    void everyPackageIsInTheList() {
        for (JavaClass type : MAIN) {
            boolean known = isInRoot(type) || PACKAGES.stream().anyMatch(name -> in(name).test(type));
            if (!known) {
                throw new AssertionError(type.getName() + " is in a package without a place in the order: " + PACKAGES);
            }
        }
    }

    @Test
    void aPackageUsesThoseAboveItOnly() {
        for (int i = 0; i < PACKAGES.size(); i++) {
            String name = PACKAGES.get(i);
            List<String> below = PACKAGES.subList(i + 1, PACKAGES.size());
            check(noClasses().that(describe("are in " + name, in(name))).should().dependOnClassesThat(describe(
                    "are in " + below + " or in the root package, which wires them",
                    used -> isInRoot(used) && !isInvariant(used) || below.stream().anyMatch(other -> in(other).test(used)))));
        }
    }

    @Test
    void groupsKnowNeitherTheLogNorWhoReplicatesIt() {
        check(noClasses().that(describe("are coordinators", in("coordinator").or(in("group")).or(in("transaction")).or(in("share.state"))::test)).should()
                .dependOnClassesThat(describe(
                        "are about logs", in("log").or(in("replication")).or(in("metadata"))::test)));
    }

    @Test
    void neitherCoordinatorKnowsTheOther() {
        check(noClasses().that(describe("are about groups", in("group"))).should().dependOnClassesThat(describe("are about transactions", in("transaction"))));
        check(noClasses().that(describe("are about transactions", in("transaction"))).should().dependOnClassesThat(describe("are about groups", in("group"))));
    }

    /** What there is no message for in Kafka's protocol goes from broker to broker as JSON. */
    private static boolean tellsPeople(JavaClass type) {
        return Set.of("ClientInsight", "InProcessClients").contains(topLevelName(type));
    }

    @Test
    void vertxIsKnownToTheWiringAlone() {
        Set<String> wiring = Set.of("EventLoops", "BrokerOptions", "Broker");
        check(noClasses().that(describe("are not the wiring", type -> !wiring.contains(topLevelName(type)) && !tellsPeople(type)))
                .should().dependOnClassesThat().resideInAPackage("io.vertx.."));
        check(noClasses().that(describe("tell people of clients", ArchitectureTest::tellsPeople)).should()
                .dependOnClassesThat(describe("are more of Vert.x than its JSON",
                        type -> type.getPackageName().startsWith("io.vertx") && !type.getPackageName().equals("io.vertx.core.json"))));
    }

    /** Everybody uses Netty's buffers; channels and loops are the network's. */
    @Test
    void channelsAreKnownToTheNetworkAlone() {
        check(noClasses()
                .that(describe("are not the network", type -> !in("net").test(type) && !in("link").test(type) && !topLevelName(type).equals("EventLoops")))
                .should().dependOnClassesThat().resideInAnyPackage("io.netty.channel..", "io.netty.bootstrap..", "io.netty.handler.."));
    }

    @Test
    void theCoreIsAPlainLibrary() {
        check(noClasses().should().dependOnClassesThat().resideInAnyPackage(
                "io.quarkus..", "io.smallrye..", "jakarta..", "org.apache.kafka..", "com.fasterxml..", "io.fabric8..", "org.junit.."));
    }

    /** Each takes milliseconds of a start that is to take tens of them. */
    @Test
    void nothingSlowToStartIsUsed() {
        // The rules for names in certificates are regular expressions; who has none does not load the class.
        check(noClasses().that(describe("are loaded by every broker", type -> !topLevelName(type).equals("PrincipalMapping")))
                .should().dependOnClassesThat().belongToAnyOf(
                        java.util.ServiceLoader.class, java.util.Scanner.class, java.util.regex.Pattern.class, java.text.SimpleDateFormat.class));
    }

    @Test
    void nothingIsFormattedByPatternOnTheWayOfARequest() {
        check(noClasses().that(describe("are on the way of a request", type -> HOT.stream().anyMatch(name -> in(name).test(type))))
                .should()
                .callMethodWhere(describe("formats by pattern or splits by regular expression", call -> call.getTargetOwner().isEquivalentTo(String.class)
                        && Set.of("format", "formatted", "matches", "replaceAll", "replaceFirst", "split").contains(call.getTarget().getName()))));
    }

    @Test
    void filesAreReachedThroughTheDisk() {
        check(noClasses().that(describe("are in the core of the broker", type -> !in("env").test(type) && !isInRoot(type)))
                .should().dependOnClassesThat().belongToAnyOf(
                        java.nio.file.Files.class, File.class, java.io.RandomAccessFile.class, java.io.FileInputStream.class,
                        java.io.FileOutputStream.class));
    }

    /** Time and chance come from {@code env}, so that a simulation can replace them; {@code System.nanoTime} is left for measuring. */
    @Test
    void timeAndChanceComeFromOutside() {
        check(noClasses().that(describe("are above the network", type -> !in("env").test(type) && !isInRoot(type)))
                .should().callMethodWhere(describe("asks the machine", call -> {
                    String target = call.getTargetOwner().getName() + "." + call.getTarget().getName();
                    return Set.of("java.lang.System.currentTimeMillis", "java.time.Instant.now", "java.lang.Math.random", "java.util.UUID.randomUUID",
                            "java.lang.Thread.sleep").contains(target);
                })));
    }

    @Test
    void nothingWaitsOrStartsThreadsBelowTheWiring() {
        // They wait once: when the broker starts, for the recovery of logs; when it stops, for the compaction under way.
        Set<String> waiting = Set.of("LogDirectory", "LogCleaner");
        check(noClasses().that(describe("are below the wiring", type -> !in("env").test(type) && !isInRoot(type) && !waiting.contains(topLevelName(type))))
                .should().callMethodWhere(describe("blocks its thread", call -> {
                    String target = call.getTargetOwner().getName() + "." + call.getTarget().getName();
                    return Set.of("java.util.concurrent.CompletableFuture.join", "java.util.concurrent.CompletableFuture.get",
                            "java.util.concurrent.Future.get", "java.util.concurrent.CountDownLatch.await", "java.lang.Object.wait",
                            "java.util.concurrent.locks.LockSupport.park", "java.lang.Thread.start", "java.lang.Thread.join").contains(target);
                })));
    }

    /** A name that says nothing means that the noun has not been found yet. */
    @Test
    void namesSayWhatThingsAre() {
        check(noClasses().should().haveNameMatching(".*(Manager|Helper|Utils?|Impl|ServiceImpl|Wrapper)"));
    }

    /** Shared by all brokers of a process, so it must not change. */
    @Test
    void staticsAreFinal() {
        fields().that().areStatic().should().beFinal().check(MAIN);
    }

    private static String topLevelName(JavaClass type) {
        String name = type.getName().substring(type.getPackageName().length() + 1);
        int nested = name.indexOf('$');
        return nested < 0 ? name : name.substring(0, nested);
    }
}
