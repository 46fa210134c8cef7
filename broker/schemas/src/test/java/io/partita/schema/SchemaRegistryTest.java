package io.partita.schema;

import static io.partita.schema.Payloads.bytes;
import static io.partita.schema.Payloads.framed;
import static io.partita.schema.Payloads.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SchemaRegistryTest {

    private final RegistryServer server = new RegistryServer();
    private final AtomicLong nanos = new AtomicLong();
    private final SchemaRegistry registry = new SchemaRegistry(server.address(), null, 60_000, nanos::get);
    private final PayloadDecoder decoder = new PayloadDecoder(registry);

    @AfterEach
    void stop() {
        registry.close();
        server.close();
    }

    @Test
    void payloadOfJsonIsWhatStandsBehindTheNumber() {
        server.schema(1, "JSON", "{\"type\": \"object\"}", "no=reference");
        assertEquals("{\"a\":[1,2.5,null]}", json(decoder.decode(framed(1, "{\"a\": [1, 2.5, null]}".getBytes()), null)));
        assertEquals("Its schema is one of JSON, and it is no JSON.", decoder.decode(framed(1, "{\"a\"".getBytes()), null).problem());
        assertEquals(List.of("/schemas/ids/1"), server.asked);
    }

    @Test
    void whatNamesNoSchemaIsLeftAlone() {
        assertNull(decoder.decode(null, null));
        assertNull(decoder.decode("{}".getBytes(), null));
        assertNull(decoder.decode(bytes(0, 0, 0, 0), null));
        assertNull(decoder.decode(framed(-1, bytes(1)), null));
        assertNull(decoder.decode("text".getBytes(), bytes(9)));
        assertEquals(List.of(), server.asked);
    }

    @Test
    void schemaIsAskedForOnceAndOneThatIsNotThereAgainAfterAWhile() {
        server.schema(1, null, "\"int\"");
        for (int i = 0; i < 3; i++) {
            assertEquals("1", json(decoder.decode(framed(1, bytes(2)), null)));
            assertEquals("The schema registry has no such schema.", decoder.decode(framed(2, bytes(2)), null).problem());
        }
        assertEquals(List.of("/schemas/ids/1", "/schemas/ids/2"), server.asked);
        server.schema(2, null, "\"int\"");
        nanos.addAndGet(SchemaRegistry.AGAIN_NANOS + 1);
        assertEquals("1", json(decoder.decode(framed(2, bytes(2)), null)));
    }

    @Test
    void keptSchemasAndQuestionsAreBounded() {
        for (int id = 0; id < 2 * SchemaRegistry.SCHEMAS_MAX; id++) {
            server.schema(id, null, "\"int\"");
            if (id % SchemaRegistry.QUESTIONS_MAX == 0) {
                nanos.addAndGet(SchemaRegistry.AGAIN_NANOS + 1);
            }
            assertEquals("1", json(decoder.decode(framed(id, bytes(2)), null)));
        }
        assertEquals(SchemaRegistry.SCHEMAS_MAX, registry.keptCount());
        String large = "{\"type\": \"int\", \"doc\": \"" + "x".repeat(900_000) + "\"}";
        nanos.addAndGet(SchemaRegistry.AGAIN_NANOS + 1);
        for (int id = 0; id < 10; id++) {
            server.schema(10_000 + id, null, large);
            assertEquals("1", json(decoder.decode(framed(10_000 + id, bytes(2)), null)));
        }
        assertEquals(SchemaRegistry.KEPT_CHARS_MAX / large.length(), registry.keptCount());
        for (int id = 0; id < SchemaRegistry.QUESTIONS_MAX - 10; id++) {
            decoder.decode(framed(20_000 + id, bytes(2)), null);
        }
        int asked = server.asked.size();
        assertTrue(decoder.decode(framed(30_000, bytes(2)), null).problem().contains("look again in a moment"));
        assertEquals(asked, server.asked.size());
    }

    @Test
    void referencesThatGoInCirclesOrTooFarHaveAnEnd() {
        server.subject("a", null, "\"int\"", "b=b").subject("b", null, "\"int\"", "a=a").schema(1, null, "\"int\"", "a=a");
        assertEquals("1", json(decoder.decode(framed(1, bytes(2)), null)));
        for (int i = 0; i < 100; i++) {
            server.subject("deep" + i, null, "\"int\"", "x=deep" + (i + 1));
        }
        server.schema(2, null, "\"int\"", "x=deep0");
        assertEquals("Its schema refers to others, more than 16 deep.", decoder.decode(framed(2, bytes(2)), null).problem());
        String[] many = new String[100];
        for (int i = 0; i < many.length; i++) {
            server.subject("wide" + i, null, "\"int\"");
            many[i] = "x=wide" + i;
        }
        server.schema(3, null, "\"int\"", many);
        assertEquals("Its schema refers to more than 64 others.", decoder.decode(framed(3, bytes(2)), null).problem());
        String large = "{\"type\": \"int\", \"doc\": \"" + "x".repeat(800_000) + "\"}";
        server.subject("l1", null, large).subject("l2", null, large).schema(4, null, large, "x=l1", "y=l2");
        assertTrue(decoder.decode(framed(4, bytes(2)), null).problem().contains("more than 2097152 characters"));
        server.schema(5, null, "\"int\"", "x=../../../secret").schema(6, "OTHER", "x");
        decoder.decode(framed(5, bytes(2)), null);
        assertTrue(server.asked.stream().noneMatch(path -> path.equals("/secret")), server.asked.toString());
        assertEquals("Its schema is of a kind that is not known here, OTHER.", decoder.decode(framed(6, bytes(2)), null).problem());
    }

    @Test
    void registryThatIsAwayIsAskedAgainAfterAWhileAndWhatIsKnownIsShown() {
        server.schema(1, null, "\"int\"").on("/schemas/ids/2", exchange -> RegistryServer.send(exchange, 500, "{}"));
        decoder.decode(framed(1, bytes(2)), null);
        assertEquals("The schema registry answers with status 500.", decoder.decode(framed(2, bytes(2)), null).problem());
        // Not asked, as it is away.
        assertEquals("The schema registry answers with status 500.", decoder.decode(framed(3, bytes(2)), null).problem());
        assertEquals("1", json(decoder.decode(framed(1, bytes(2)), null)));
        assertEquals(List.of("/schemas/ids/1", "/schemas/ids/2"), server.asked);
        server.schema(3, null, "\"int\"");
        nanos.addAndGet(SchemaRegistry.AGAIN_NANOS + 1);
        assertEquals("1", json(decoder.decode(framed(3, bytes(2)), null)));
        server.close();
        nanos.addAndGet(SchemaRegistry.AGAIN_NANOS + 1);
        assertTrue(decoder.decode(framed(4, bytes(2)), null).problem().contains("cannot be reached"));
    }

    @Test
    void registryThatSaysNothingOrSendsElsewhereOrTooMuchIsLeftAlone() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        server.on("/schemas/ids/1", exchange -> {
            try {
                exchange.sendResponseHeaders(200, 100);
                exchange.getResponseBody().write('{');
                exchange.getResponseBody().flush();
                over.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        try (SchemaRegistry hasty = new SchemaRegistry(server.address(), null, 300, nanos::get)) {
            assertTrue(new PayloadDecoder(hasty).decode(framed(1, bytes(2)), null).problem().contains("does not answer within 300 ms"));
        }
        over.countDown();
        server.on("/schemas/ids/2", exchange -> {
            exchange.getResponseHeaders().add("Location", "/schemas/ids/9");
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
        }).on("/schemas/ids/3", exchange -> RegistryServer.send(exchange, 200, "x".repeat(SchemaRegistry.ANSWER_BYTES_MAX + 1)))
                .on("/schemas/ids/4", exchange -> RegistryServer.send(exchange, 200, "[]"))
                .on("/schemas/ids/5", exchange -> RegistryServer.send(exchange, 200, "{\"subject\": \"a\"}"))
                .on("/schemas/ids/6", exchange -> RegistryServer.send(exchange, 200, "<html>"))
                .on("/schemas/ids/7", exchange -> RegistryServer.send(exchange, 401, "{}"));
        List<String> said = List.of("sends elsewhere (302)", "larger than 1048576 bytes", "none of a schema registry", "none of a schema registry",
                "none of a schema registry",
                "user and password");
        for (int id = 2; id <= 7; id++) {
            nanos.addAndGet(SchemaRegistry.AGAIN_NANOS + 1);
            String problem = decoder.decode(framed(id, bytes(2)), null).problem();
            assertTrue(problem.contains(said.get(id - 2)), id + ": " + problem);
        }
        assertTrue(server.asked.stream().noneMatch("/schemas/ids/9"::equals));
    }

    @Test
    void userAndPasswordAreSentAndReadAnewEachTime() {
        String[] secret = {"reader:secret"};
        String expected = "Basic " + java.util.Base64.getEncoder().encodeToString("reader:secret".getBytes());
        server.on("/schemas/ids/1",
                exchange -> RegistryServer.send(exchange, Objects.equals(exchange.getRequestHeaders().getFirst("Authorization"), expected) ? 200 : 403,
                        RegistryServer.json(null, "\"int\"")));
        try (SchemaRegistry guarded = new SchemaRegistry(server.address(), () -> secret[0] + "\n", 60_000, nanos::get)) {
            assertEquals("1", json(new PayloadDecoder(guarded).decode(framed(1, bytes(2)), null)));
            secret[0] = "none";
            String problem = new PayloadDecoder(guarded).decode(framed(2, bytes(2)), null).problem();
            assertTrue(problem.contains("cannot be read") && !problem.contains("none:"), problem);
        }
        try (SchemaRegistry guarded = new SchemaRegistry(server.address(), () -> {
            throw new IOException("secret");
        }, 60_000, nanos::get)) {
            String problem = new PayloadDecoder(guarded).decode(framed(1, bytes(2)), null).problem();
            assertTrue(problem.contains("cannot be read") && !problem.contains("secret"), problem);
        }
    }

    @Test
    void addressesThatAreNoneAreRefused() {
        for (String text : List.of("", "registry:8081", "ftp://registry", "http://", "http://user:secret@registry", "http://registry?x=1", "http://a b")) {
            assertThrows(IllegalArgumentException.class, () -> RegistryAddress.of(text), text);
        }
        assertEquals("https://registry.example.com/apis/ccompat/v7", RegistryAddress.of(" https://registry.example.com/apis/ccompat/v7/ ").toString());
    }
}
