package io.partita.crds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The definitions in k8s/install are what the types generate. {@code -Dcrds.write=true} writes them anew. */
class CustomResourceDefinitionsTest {

    private static final Path COMMITTED = Path.of("../k8s/install");
    /** Types of Kubernetes itself, whose fields its own documentation describes. */
    private static final Set<String> OF_KUBERNETES = Set.of("conditions", "resources");

    @ParameterizedTest
    @ValueSource(strings = {"clusters", "topics"})
    void whatIsCommittedIsWhatTheTypesGenerate(String plural) throws IOException {
        // Given
        String generated = generated(plural);
        Path committed = COMMITTED.resolve("10.CustomResourceDefinition." + plural + ".partita.io.yaml");
        if (Boolean.getBoolean("crds.write")) {
            Files.createDirectories(COMMITTED);
            Files.writeString(committed, generated);
        }
        // Then
        assertEquals(generated, Files.readString(committed), "Write it anew: mvn -pl crds test -Dcrds.write=true");
    }

    @ParameterizedTest
    @ValueSource(strings = {"clusters", "topics"})
    void everyFieldIsDescribed(String plural) throws IOException {
        // Given
        JSONSchemaProps schema = version(plural).getSchema().getOpenAPIV3Schema();
        // When
        List<String> missing = new ArrayList<>();
        schema.getProperties().forEach((part, props) -> collectUndescribed(part, props, missing));
        // Then
        assertEquals(List.of(), missing);
    }

    private static void collectUndescribed(String path, JSONSchemaProps props, List<String> missing) {
        Map<String, JSONSchemaProps> fields = props.getItems() != null ? props.getItems().getSchema().getProperties() : props.getProperties();
        if (fields != null) {
            fields.forEach((name, field) -> {
                if (field.getDescription() == null) {
                    missing.add(path + "." + name);
                }
                if (!OF_KUBERNETES.contains(name)) {
                    collectUndescribed(path + "." + name, field, missing);
                }
            });
        }
    }

    @Test
    void clustersCanBeScaled() throws IOException {
        var scale = version("clusters").getSubresources().getScale();
        assertEquals(".spec.brokers", scale.getSpecReplicasPath());
        assertEquals(".status.replicas", scale.getStatusReplicasPath());
        assertEquals(".status.selector", scale.getLabelSelectorPath());
    }

    @Test
    void whatCannotChangeIsGuardedByRules() throws IOException {
        // Given
        var spec = version("topics").getSchema().getOpenAPIV3Schema().getProperties().get("spec");
        // When
        List<String> rules = spec.getXKubernetesValidations().stream().map(rule -> rule.getRule()).toList();
        // Then
        assertTrue(rules.contains("self.cluster == oldSelf.cluster"), rules::toString);
        assertTrue(rules.contains("self.partitions >= oldSelf.partitions"), rules::toString);
        assertTrue(rules.stream().anyMatch(rule -> rule.contains("oldSelf.topicName")), rules::toString);
    }

    @Test
    void theUsersPodTemplateIsNotPruned() throws IOException {
        var spec = version("clusters").getSchema().getOpenAPIV3Schema().getProperties().get("spec");
        assertEquals(true, spec.getProperties().get("podTemplate").getXKubernetesPreserveUnknownFields());
    }

    private static CustomResourceDefinitionVersion version(String plural) throws IOException {
        return Serialization.unmarshal(generated(plural), CustomResourceDefinition.class).getSpec().getVersions().getFirst();
    }

    /** What the generator makes of the types, with the columns in the order of the annotations: the generator sorts them by path. */
    private static String generated(String plural) throws IOException {
        String yaml = Files.readString(Path.of("target/classes/META-INF/fabric8/" + plural + ".partita.io-v1.yml"));
        Class<?> type = plural.equals("topics") ? Topic.class : Cluster.class;
        Matcher columns = Pattern.compile("(?m)^    - jsonPath: .*\n(?:      .*\n)+").matcher(yaml);
        Map<String, String> byName = new HashMap<>();
        int begin = -1;
        int end = -1;
        while (columns.find()) {
            begin = begin < 0 ? columns.start() : begin;
            end = columns.end();
            byName.put(columns.group().replaceAll("(?s).*name: \"([^\"]+)\".*", "$1"), columns.group());
        }
        StringBuilder ordered = new StringBuilder();
        for (AdditionalPrinterColumn column : type.getAnnotationsByType(AdditionalPrinterColumn.class)) {
            ordered.append(byName.remove(column.name()));
        }
        assertEquals(Map.of(), byName);
        return yaml.substring(0, begin) + ordered + yaml.substring(end);
    }
}
