package io.partita.broker.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.util.List;
import java.util.TreeSet;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;

class ApiKeyTest {

    @Test
    void equalsKafkas() {
        assertEquals(ApiKeys.values().length, ApiKey.values().length);
        for (ApiKeys kafkas : ApiKeys.values()) {
            ApiKey ours = ApiKey.valueOf(kafkas.name());
            assertEquals(kafkas.id, ours.id());
            assertEquals(kafkas.name, ours.title());
            assertSame(ours, ApiKey.forId(kafkas.id));
            if (!ours.hasMessages()) {
                continue;
            }
            assertEquals(kafkas.latestVersion(true), ours.highestVersion(), kafkas.name);
            assertTrue(ours.lowestVersion() <= kafkas.oldestVersion(), kafkas.name);
            for (short version = kafkas.oldestVersion(); version <= kafkas.latestVersion(true); version++) {
                assertEquals(kafkas.requestHeaderVersion(version), ours.requestHeaderVersion(version), kafkas.name);
                assertEquals(kafkas.responseHeaderVersion(version), ours.responseHeaderVersion(version), kafkas.name);
            }
        }
    }

    @Test
    void equalsTheDefinitions() throws Exception {
        for (ApiKey key : ApiKey.values()) {
            if (key.hasMessages()) {
                for (Message message : List.of(key.newRequest(), key.newResponse())) {
                    assertTrue(message.getClass().getSimpleName().startsWith(key.title()), key.title());
                    assertEquals(key.lowestVersion(), Messages.lowestVersion(message.getClass()), key.title());
                    assertEquals(key.highestVersion(), Messages.highestVersion(message.getClass()), key.title());
                }
            } else {
                assertThrows(IllegalArgumentException.class, key::newRequest);
                assertThrows(IllegalArgumentException.class, key::newResponse);
            }
        }
    }

    @Test
    void knowsNoOtherKeys() {
        assertNull(ApiKey.forId(-1));
        assertNull(ApiKey.forId(95));
        assertFalse(ApiKey.PRODUCE.knows(14));
        assertFalse(ApiKey.VOTE.knows(0));
        assertTrue(ApiKey.PRODUCE.knows(0));
    }

    @Test
    void headersOfUnknownVersionsAreTheNewest() {
        assertEquals(2, ApiKey.API_VERSIONS.requestHeaderVersion(99));
        assertEquals(0, ApiKey.API_VERSIONS.responseHeaderVersion(99));
    }

    /** Starting up must not pay for a hundred and fifty messages when it needs five. */
    @Test
    void loadsNoMessageBeforeItIsMade() throws Exception {
        // Given the codec in a class loader that keeps a record
        var loaded = new TreeSet<String>();
        var loader = new ClassLoader(ApiKeyTest.class.getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                if (!name.startsWith("io.partita.broker.protocol.")) {
                    return super.loadClass(name, resolve);
                }
                Class<?> known = findLoadedClass(name);
                return known != null ? known : define(name);
            }

            private Class<?> define(String name) throws ClassNotFoundException {
                try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
                    byte[] bytes = in.readAllBytes();
                    loaded.add(name.substring("io.partita.broker.protocol.".length()));
                    return defineClass(name, bytes, 0, bytes.length);
                } catch (java.io.IOException e) {
                    throw new ClassNotFoundException(name, e);
                }
            }
        };
        // When
        Class<?> keys = Class.forName(ApiKey.class.getName(), true, loader);
        Object metadata = keys.getMethod("forId", int.class).invoke(null, 3);
        assertNotNull(keys.getMethod("newRequest").invoke(metadata));
        // Then
        assertTrue(loaded.contains("message.MetadataRequest"));
        loaded.removeIf(name -> !name.startsWith("message.") || name.startsWith("message.MetadataRequest") || name.equals("message.ApiMessages"));
        assertEquals(List.of(), List.copyOf(loaded));
    }
}
