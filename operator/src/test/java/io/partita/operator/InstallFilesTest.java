package io.partita.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.partita.broker.config.TopicSettings;
import io.partita.crds.Cluster;
import io.partita.crds.Topic;
import io.partita.crds.TopicRules;
import io.partita.crds.User;
import io.partita.crds.UserRules;
import io.partita.operator.cluster.ClusterChecks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.lang.module.ResolvedModule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.ParameterizedTest;
import java.util.stream.Collectors;
import java.util.Map;
import java.util.TreeMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The files in k8s are complete, fit one another, and the examples are valid. */
class InstallFilesTest {

    private static final Path KUBERNETES = Path.of("../k8s");
    /** Strict, because the API server drops fields it does not know without a word. */
    private static final ObjectMapper STRICT = new ObjectMapper(new YAMLFactory()).enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private static final Pattern METRIC = Pattern.compile("\\b[a-z]+_[a-z_]+\\b");
    /** Of whoever measures. */
    private static final List<String> SOURCES = sources();

    private static List<String> sources() {
        List<String> sources = new ArrayList<>();
        for (String folder : List.of("../broker/app/src/main/java", "src/main/java")) {
            try (Stream<Path> files = Files.walk(Path.of(folder))) {
                for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    sources.add(Files.readString(file));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return sources;
    }

    @Test
    void everyFileIsInItsKustomization() throws IOException {
        for (Path folder : folders()) {
            // Given
            JsonNode kustomization = STRICT.readTree(folder.resolve("kustomization.yaml").toFile());
            // When
            TreeSet<String> named = new TreeSet<>();
            kustomization.path("resources").forEach(resource -> named.add(resource.asText()));
            TreeSet<String> present = new TreeSet<>();
            try (Stream<Path> files = Files.list(folder)) {
                files.map(file -> file.getFileName().toString())
                        .filter(name -> name.endsWith(".yaml") && !name.equals("kustomization.yaml"))
                        .forEach(present::add);
            }
            // Then
            named.removeIf(name -> Files.isDirectory(folder.resolve(name)));
            assertEquals(present, named, folder.toString());
        }
    }

    @Test
    void fileNamesSayWhatIsInThem() throws IOException {
        for (Path folder : folders()) {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.filter(it -> it.toString().endsWith(".yaml") && !it.endsWith("kustomization.yaml")).toList()) {
                    JsonNode object = STRICT.readTree(file.toFile());
                    String name = object.path("kind").asText() + "." + object.path("metadata").path("name").asText() + ".yaml";
                    assertEquals(name, file.getFileName().toString().replaceFirst("^[0-9]+\\.", ""));
                }
            }
        }
    }

    @Test
    void theOperatorHasEveryRightThatItGivesToBrokers() throws IOException {
        // Given
        ClusterRole operator = Serialization.unmarshal(Files.readString(KUBERNETES.resolve("install/21.ClusterRole.partita-operator.yaml")), ClusterRole.class);
        // When
        List<String> missing = new ArrayList<>();
        for (PolicyRule given : ClusterChecks.rightsOfBrokers(example())) {
            for (String resource : given.getResources()) {
                for (String verb : given.getVerbs()) {
                    boolean has = operator.getRules().stream().anyMatch(rule -> rule.getApiGroups().containsAll(given.getApiGroups())
                            && rule.getResources().contains(resource) && rule.getVerbs().contains(verb));
                    if (!has) {
                        missing.add(verb + " " + resource);
                    }
                }
            }
        }
        // Then
        assertEquals(List.of(), missing);
    }

    @Test
    void brokersMayChangeTheLeasesOfTheirClusterOnly() throws IOException {
        for (PolicyRule rule : ClusterChecks.rightsOfBrokers(example())) {
            boolean writesAny = rule.getResources().contains("leases") && rule.getResourceNames().isEmpty()
                    && rule.getVerbs().stream().anyMatch(verb -> !List.of("list", "watch", "create").contains(verb));
            assertFalse(writesAny, rule.toString());
        }
    }

    private static final Pattern PUT_IN = Pattern
            .compile("\\| replace \"((?:[^\"\\\\]|\\\\.)*)\" (?:\\(printf \"((?:[^\"\\\\]|\\\\.)*)\" ([^\\n]*)\\)|\"((?:[^\"\\\\]|\\\\.)*)\")");

    /** Helm itself is not there to ask, so what the chart does to the files, all of it replacements of a text, is done here as well. */
    @Test
    void theChartIsTheFilesThatKustomizeTakes() throws IOException {
        // Given
        String template = Files.readString(KUBERNETES.resolve("chart/templates/install.yaml"));
        JsonNode values = STRICT.readTree(KUBERNETES.resolve("chart/values.yaml").toFile());
        Map<String, String> known = Map.of("$.Release.Namespace", "partita", "$.Values.operator.image", values.at("/operator/image").asText(),
                "$.Values.broker.image", values.at("/broker/image").asText(), "(int $.Values.operator.replicas)", values.at("/operator/replicas").asText());
        assertEquals(KUBERNETES.resolve("install").toRealPath(), KUBERNETES.resolve("chart/install").toRealPath());
        String files = "";
        try (Stream<Path> all = Files.list(KUBERNETES.resolve("chart/install"))) {
            for (Path file : all.filter(path -> path.getFileName().toString().matches("[1-9].*[.]yaml")).sorted().toList()) {
                files += "---\n" + Files.readString(file);
            }
        }
        // When
        String rendered = files;
        int count = 0;
        for (var put : PUT_IN.matcher(template).results().toList()) {
            String before = put.group(1).translateEscapes();
            String after = put.group(2) == null
                    ? put.group(4).translateEscapes()
                    : put.group(2).translateEscapes().replaceAll("%[sd]", known.get(put.group(3)));
            assertTrue(rendered.contains(before), before);
            rendered = rendered.replace(before, after);
            count++;
        }
        // Then with the values that it has it is the same, but that definitions are kept
        assertEquals(template.split("\\| replace ", -1).length - 1, count);
        assertEquals(files, rendered.replace("  annotations:\n    helm.sh/resource-policy: keep\n", ""));
        assertEquals(5, rendered.split("resource-policy: keep", -1).length - 1);
        // And nothing is left that names a namespace or an image of its own
        assertEquals(files.split("namespace: partita\n", -1).length, files.split("namespace: ", -1).length);
        assertEquals(2, files.split("image: ", -1).length - 1);
        assertEquals(1, files.split("replicas: 1\n", -1).length - 1);
    }

    @Test
    void anImageOfBrokersStandsWhereKustomizeFindsIt() throws IOException {
        // Kustomize's images: looks for containers
        JsonNode template = STRICT.readTree(KUBERNETES.resolve("install/25.PodTemplate.partita-broker.yaml").toFile());
        assertEquals("partita-broker:latest", template.path("template").path("spec").path("containers").path(0).path("image").asText());
    }

    @Test
    void alertsAskForWhatTheOperatorAndBrokersMeasure() throws IOException {
        JsonNode rules = STRICT.readTree(KUBERNETES.resolve("monitoring/PrometheusRule.partita.yaml").toFile()).path("spec").path("groups").path(0)
                .path("rules");
        String runbook = Files.readString(KUBERNETES.resolve("../docs/RUNBOOK.md"));
        assertFalse(rules.isEmpty());
        for (JsonNode rule : rules) {
            assertKnownMetrics(rule.path("expr").asText());
            String section = rule.path("alert").asText();
            assertTrue(runbook.contains("## " + section), "no section about " + section);
            assertEquals("docs/RUNBOOK.md#" + section.toLowerCase(Locale.ROOT), rule.path("annotations").path("runbook").asText());
        }
    }

    @Test
    void theLayerOfMavensDownloadsHasEveryModuleAndIsTheSameInAllImages() throws IOException {
        // Given
        Path top = Path.of("..");
        TreeSet<String> modules = new TreeSet<>(List.of("examples/pom.xml"));
        collectModules(top, Path.of(""), modules);
        Set<List<String>> layers = new HashSet<>();
        for (String image : List.of("broker", "operator", "example")) {
            List<String> lines = Files.readAllLines(top.resolve("src/main/docker/Dockerfile." + image));
            layers.add(lines.subList(lines.indexOf("WORKDIR /src"), lines.indexOf("COPY . .")));
        }
        // Then
        assertEquals(1, layers.size());
        TreeSet<String> copied = new TreeSet<>();
        layers.iterator().next().stream().filter(line -> line.startsWith("COPY ")).forEach(line -> copied.add(line.split(" ")[1]));
        assertEquals(modules, copied);
    }

    @ParameterizedTest
    @CsvSource({"operator,target/classes", "operator,../crds/target/classes", "broker,../broker/core/target/classes", "broker,../crds/target/classes"})
    void imagesHaveTheModulesOfTheJdkThatOurClassesName(String image, Path classes) throws IOException {
        // Given
        Matcher listed = Pattern.compile("--add-modules ([a-z0-9.,_]+)").matcher(Files.readString(Path.of("../src/main/docker/Dockerfile." + image)));
        assertTrue(listed.find());
        Set<String> linked = Configuration.empty().resolve(ModuleFinder.ofSystem(), ModuleFinder.of(), List.of(listed.group(1).split(","))).modules().stream()
                .map(ResolvedModule::name).collect(Collectors.toSet());
        Map<String, String> moduleOf = new HashMap<>();
        ModuleFinder.ofSystem().findAll().forEach(module -> module.descriptor().packages().forEach(name -> moduleOf.put(name, module.descriptor().name())));
        // When
        TreeMap<String, String> missing = new TreeMap<>();
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(it -> it.toString().endsWith(".class")).toList()) {
                for (PoolEntry entry : ClassFile.of().parse(file).constantPool()) {
                    String name = entry instanceof ClassEntry named ? named.asInternalName() : "";
                    String module = name.lastIndexOf('/') < 0 ? null : moduleOf.get(name.substring(0, name.lastIndexOf('/')).replace('/', '.'));
                    if (module != null && !linked.contains(module)) {
                        missing.put(module, name + " in " + file.getFileName());
                    }
                }
            }
        }
        // Then
        assertEquals(Map.of(), missing);
    }

    private static void collectModules(Path top, Path folder, Set<String> modules) throws IOException {
        modules.add(folder.resolve("pom.xml").toString());
        Matcher module = Pattern.compile("<module>(.*?)</module>").matcher(Files.readString(top.resolve(folder).resolve("pom.xml")));
        while (module.find()) {
            collectModules(top, folder.resolve(module.group(1)), modules);
        }
    }

    @Test
    void theExamplesAreValid() throws IOException {
        // Given
        Cluster cluster = example();
        cluster.getMetadata().setNamespace("default");
        cluster.getMetadata().setUid("u");
        // Then
        assertNull(ClusterChecks.problem(cluster));
        for (String name : List.of("web-log", "web-log-rejected", "page-views")) {
            Topic topic = STRICT.readValue(KUBERNETES.resolve("examples/three-brokers/Topic." + name + ".yaml").toFile(), Topic.class);
            assertNull(TopicRules.problem(topic, cluster, List.of()));
            assertNull(TopicSettings.problem(topic.getSpec().config));
        }
    }

    @Test
    void theSecuredExampleIsForItsUsersAlone() throws IOException {
        Path folder = KUBERNETES.resolve("examples/secured");
        Cluster cluster = STRICT.readValue(folder.resolve("Cluster.ledger.yaml").toFile(), Cluster.class);
        cluster.getMetadata().setNamespace("default");
        cluster.getMetadata().setUid("u");
        assertNull(ClusterChecks.problem(cluster));
        for (String name : List.of("web-log", "web-log-rejected", "page-views")) {
            assertNull(TopicRules.problem(STRICT.readValue(folder.resolve("Topic.ledger-" + name + ".yaml").toFile(), Topic.class), cluster, List.of()));
        }
        User account = STRICT.readValue(folder.resolve("User.ledger-page-counts.yaml").toFile(), User.class);
        assertNull(UserRules.problem(account.getSpec()));
        assertNull(UserRules.problem(STRICT.readValue(folder.resolve("User.ledger-admin.yaml").toFile(), User.class).getSpec()));
        // What the application mounts is what the operator makes, and what brokers ask for
        String deployment = Files.readString(folder.resolve("Deployment.page-counts-of-ledger.yaml"));
        assertTrue(deployment.contains("serviceAccountName: " + account.getSpec().serviceAccount.name), deployment);
        assertTrue(deployment.contains("audience: " + ClusterChecks.audienceByDefault(cluster)), deployment);
        assertTrue(deployment.contains("ledger-bootstrap:9093"), deployment);
    }

    @Test
    void dashboardsAskOnlyForWhatBrokersAndOperatorMeasure() throws IOException {
        for (String name : List.of("brokers", "topics", "groups", "operator")) {
            JsonNode dashboard = new ObjectMapper().readTree(KUBERNETES.resolve("monitoring/partita-" + name + ".json").toFile());
            assertFalse(dashboard.path("panels").isEmpty());
            for (JsonNode panel : dashboard.path("panels")) {
                assertFalse(panel.path("description").asText().isEmpty(), panel.path("title").asText());
                panel.path("targets").forEach(target -> assertKnownMetrics(target.path("expr").asText()));
            }
        }
    }

    /** The names of an expression's metrics are in the sources of who measures them, with dots or, as Prometheus has them, underscores. */
    private static void assertKnownMetrics(String expression) {
        Matcher names = METRIC.matcher(expression);
        assertTrue(names.find(), expression);
        do {
            String name = names.group().replaceFirst("_(total|count|sum|max|bucket)$", "");
            if (name.startsWith("partita_") && !name.equals("partita_io_cluster")) {
                Stream<String> spellings = Stream.of(name, name.replace('_', '.'), name.replaceFirst("_seconds$", "").replace('_', '.'));
                assertTrue(spellings.anyMatch(spelling -> SOURCES.stream().anyMatch(source -> source.contains('"' + spelling + '"'))), name);
            }
        } while (names.find());
    }

    private static Cluster example() throws IOException {
        return STRICT.readValue(KUBERNETES.resolve("examples/three-brokers/Cluster.orders.yaml").toFile(), Cluster.class);
    }

    private static List<Path> folders() throws IOException {
        try (Stream<Path> all = Files.walk(KUBERNETES)) {
            // The chart has the files of another folder by a link.
            return all.filter(path -> !Files.isSymbolicLink(path) && Files.exists(path.resolve("kustomization.yaml"))).toList();
        }
    }
}
