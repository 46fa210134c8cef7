package io.partita.operator;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

class AppliedObjectsTest {

    @Test
    void whatOthersAddIsNotDrift() {
        assertTrue(contains("{a: 1, b: [{c: x, d: y}], e: z}", "{a: 1, b: [{c: x}]}"));
        assertTrue(contains("{port: '8080'}", "{port: 8080}"));
    }

    @Test
    void whatIsMissingOrDifferentIsDrift() {
        assertFalse(contains("{a: 1}", "{a: 2}"));
        assertFalse(contains("{a: 1}", "{a: 1, b: {c: x}}"));
        assertFalse(contains("{}", "{limits: {memory: 1Gi}}"));
        assertFalse(contains("{b: [x, y]}", "{b: [x]}"), "a list is wanted as a whole");
    }

    @Test
    void quantitiesAreComparedByWhatTheyMean() {
        assertTrue(contains("{requests: {cpu: '1', memory: 1Gi}}", "{requests: {cpu: 1000m, memory: 1024Mi}}"));
        assertFalse(contains("{requests: {cpu: '1'}}", "{requests: {cpu: '2'}}"));
        assertFalse(contains("{requests: {cpu: '1'}}", "{requests: {cpu: lots}}"), "for the API server to refuse");
    }

    @Test
    void whatTheApiServerMakesOfItIsNotDrift() {
        // Given
        AppliedObjects applied = new AppliedObjects();
        JsonNode wanted = tree("{env: [{name: A, value: ''}], hostNetwork: false, sizeLimit: 1024Mi, image: x}");
        JsonNode became = tree("{env: [{name: A}], sizeLimit: 1Gi, image: x, added: y}");
        assertFalse(applied.isAsWanted("u", became, wanted));
        // When it was written and became this
        applied.note("u", became, wanted);
        // Then
        assertTrue(applied.isAsWanted("u", became, wanted));
        assertTrue(applied.isAsWanted("u", tree("{env: [{name: A}], sizeLimit: 1Gi, image: x, added: z}"), wanted), "what others change of their own");
        assertFalse(applied.isAsWanted("another", became, wanted));
        assertFalse(applied.isAsWanted("u", tree("{env: [{name: A}], sizeLimit: 2Gi, image: x}"), wanted), "what others change of ours");
        assertFalse(applied.isAsWanted("u", tree("{env: [{name: A}, {name: B}], sizeLimit: 1Gi, image: x}"), wanted));
    }

    private static boolean contains(String actual, String wanted) {
        return AppliedObjects.contains(tree(actual), tree(wanted));
    }

    private static JsonNode tree(String yaml) {
        return Serialization.unmarshal("---\n" + yaml, JsonNode.class);
    }
}
