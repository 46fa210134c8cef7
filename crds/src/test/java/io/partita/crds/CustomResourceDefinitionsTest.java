package io.partita.crds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
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
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The definitions in k8s/install are what the types generate. {@code -Dcrds.write=true} writes them anew. */
class CustomResourceDefinitionsTest {

    private static final Path COMMITTED = Path.of("../k8s/install");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory().disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER));
    /** Types of Kubernetes itself, whose fields its own documentation describes. */
    private static final Set<String> OF_KUBERNETES = Set.of("conditions", "resources");

    /** Lists of spec whose entries have a key, by type: an API server refuses two of one key, and merges by it. The generator knows no annotation for that. */
    private static final Map<String, Map<String, String>> KEYED = Map.of("clusters", Map.of("topicNamespaces", "namespace"));
    /** Rules that go through a list for each of its entries: an API server refuses a definition whose rules could cost too much, and a mock does not reckon it. */
    private static final Pattern NESTED = Pattern.compile("\\.(all|exists|exists_one|filter|map)\\(.*\\.(all|exists|exists_one|filter|map)\\(");
    private static final int NESTED_MAX = 10;

    @ParameterizedTest
    @ValueSource(strings = {"clusters", "topics", "partitionsets", "kafkarules", "users"})
    void rulesThatCompareAllEntriesAreOfShortLists(String plural) throws IOException {
        List<String> costly = new ArrayList<>();
        collectCostly("", version(plural).getSchema().getOpenAPIV3Schema(), costly);
        assertEquals(List.of(), costly);
    }

    private static void collectCostly(String path, JSONSchemaProps props, List<String> costly) {
        boolean isNested = props.getXKubernetesValidations().stream().anyMatch(rule -> NESTED.matcher(rule.getRule()).find());
        if (isNested && (props.getMaxItems() == null || props.getMaxItems() > NESTED_MAX)) {
            costly.add(path);
        }
        if (props.getItems() != null) {
            collectCostly(path + "[]", props.getItems().getSchema(), costly);
        }
        if (props.getProperties() != null) {
            props.getProperties().forEach((name, field) -> collectCostly(path + "." + name, field, costly));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"clusters", "topics", "partitionsets", "kafkarules", "users"})
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
    @ValueSource(strings = {"clusters", "topics", "partitionsets", "kafkarules", "users"})
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

    @ParameterizedTest
    @ValueSource(strings = {"clusters", "topics", "partitionsets", "kafkarules", "users"})
    void whatKubectlExplainLeavesOutIsInTheDescriptions(String plural) throws IOException {
        // Given
        JSONSchemaProps schema = version(plural).getSchema().getOpenAPIV3Schema();
        JSONSchemaProps spec = schema.getProperties().get("spec");
        // Then
        assertTrue(schema.getDescription().endsWith("."), schema.getDescription());
        if (plural.equals("clusters")) {
            assertTrue(spec.getProperties().get("brokers").getDescription().endsWith(" Default: 1. At least 1, at most 100."));
            assertTrue(spec.getProperties().get("clusterId").getDescription().contains(" 1 to 63 characters. Pattern: ^[A-Za-z0-9]"));
        } else if (plural.equals("topics")) {
            assertTrue(spec.getProperties().get("topicName").getDescription().endsWith(" Pattern: ^[a-zA-Z0-9._-]+$"));
            assertTrue(spec.getProperties().get("config").getDescription().endsWith(" At most 64 entries."));
        }
    }

    /** What the generator makes of the types, with the columns in the order of the annotations, and what {@code kubectl explain} does not show put into the descriptions. */
    private static String generated(String plural) throws IOException {
        String yaml = Files.readString(Path.of("target/classes/META-INF/fabric8/" + plural + ".partita.io-v1.yml"));
        Class<?> type = Map.of("clusters", Cluster.class, "topics", Topic.class, "partitionsets", PartitionSetObject.class, "kafkarules",
                KafkaRules.class, "users", User.class).get(plural);
        JsonNode definition = YAML.readTree(yaml);
        ObjectNode version = (ObjectNode) definition.path("spec").path("versions").get(0);
        version.set("additionalPrinterColumns", ordered(version.path("additionalPrinterColumns"), type));
        ObjectNode schema = (ObjectNode) version.path("schema").path("openAPIV3Schema");
        describe(schema);
        KEYED.getOrDefault(plural, Map.of()).forEach((field, key) -> ((ObjectNode) schema.at("/properties/spec/properties/" + field))
                .put("x-kubernetes-list-type", "map").putArray("x-kubernetes-list-map-keys").add(key));
        ObjectNode described = YAML.createObjectNode().put("description", type.getAnnotation(JsonClassDescription.class).value());
        ((ObjectNode) version.path("schema")).set("openAPIV3Schema", described.setAll(schema));
        return "# Generated from the types in crds: mvn -pl crds test -Dcrds.write=true\n" + YAML.writeValueAsString(definition);
    }

    /** The generator sorts them by path. */
    private static ArrayNode ordered(JsonNode columns, Class<?> type) {
        Map<String, JsonNode> byName = new HashMap<>();
        columns.forEach(column -> byName.put(column.path("name").asText(), column));
        ArrayNode ordered = YAML.createArrayNode();
        for (AdditionalPrinterColumn column : type.getAnnotationsByType(AdditionalPrinterColumn.class)) {
            ordered.add(byName.remove(column.name()));
        }
        assertEquals(Map.of(), byName);
        return ordered;
    }

    private static void describe(JsonNode schema) {
        schema.path("properties").properties().forEach(property -> {
            ObjectNode field = (ObjectNode) property.getValue();
            if (field.has("description")) {
                field.put("description", field.path("description").asText() + bounds(field));
            }
            describe(field.has("items") ? field.path("items") : field);
        });
    }

    private static String bounds(ObjectNode field) {
        StringBuilder text = new StringBuilder();
        if (field.has("default")) {
            text.append(" Default: ").append(field.path("default").asText()).append('.');
        }
        text.append(range(field, "minimum", "maximum", ""));
        text.append(range(field, "minLength", "maxLength", " characters"));
        text.append(range(field, "minItems", "maxItems", " entries"));
        text.append(range(field, "minProperties", "maxProperties", " entries"));
        if (field.has("pattern")) {
            text.append(" Pattern: ").append(field.path("pattern").asText());
        }
        return text.toString();
    }

    private static String range(ObjectNode field, String low, String high, String unit) {
        boolean hasLow = field.has(low);
        boolean hasHigh = field.has(high);
        if (!hasLow && !hasHigh) {
            return "";
        }
        String from = whole(field.path(low));
        String to = whole(field.path(high));
        String text = hasLow && hasHigh
                ? unit.isEmpty() ? "At least " + from + ", at most " + to : from + " to " + to
                : hasLow ? "At least " + from : "At most " + to;
        return " " + text + unit + ".";
    }

    private static String whole(JsonNode number) {
        return Long.toString(number.asLong());
    }
}
