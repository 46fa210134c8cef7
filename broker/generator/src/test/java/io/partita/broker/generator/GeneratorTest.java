package io.partita.broker.generator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the classes do is tested where they are compiled, in the broker's core; here is how they come about. */
class GeneratorTest {

    @TempDir
    private Path folder;
    private Path definitions;
    private Path classes;

    @BeforeEach
    void prepare() throws IOException {
        definitions = Files.createDirectory(folder.resolve("definitions"));
        classes = folder.resolve("sources/io/partita/broker/protocol/message");
        define("selection", "// Comments are allowed.\n{ 'apis': ['ListOffsets'], 'messages': ['RequestHeader'] }");
        define("older-versions", "{ 'lowest': { 'ListOffsets': 0 }, 'fields': [ { 'message': 'ListOffsetsRequest', 'path': ['Topics', 'Partitions'],"
                + "'after': 'Timestamp', 'field': { 'name': 'MaxNumOffsets', 'type': 'int32', 'versions': '0', 'default': '1' } } ] }");
    }

    @Test
    void writesWhatIsSelectedAndWhatIsOurs() throws IOException {
        // Given
        define("Note", "{ 'type': 'data', 'name': 'Note', 'validVersions': '0-1', 'fields': ["
                + "{ 'name': 'Default', 'type': 'string', 'versions': '1+', 'default': 'a\"b' } ] }");
        // When
        generate();
        // Then
        assertEquals("[ApiMessages.java, ListOffsetsRequest.java, ListOffsetsResponse.java, Note.java, RequestHeader.java]", names());
        String note = Files.readString(classes.resolve("Note.java"));
        assertTrue(note.contains("public String default_ = \"a\\\"b\";"), note);
        assertTrue(note.contains("if (version == 1) {"), note);
    }

    @Test
    void putsOlderVersionsBack() throws IOException {
        generate();
        String request = Files.readString(classes.resolve("ListOffsetsRequest.java"));
        assertTrue(request.contains("LOWEST_VERSION = 0"), request);
        assertTrue(request.contains("public int maxNumOffsets = 1;"), request);
    }

    @Test
    void leavesUnchangedFilesAloneAndRemovesOthers() throws IOException {
        // Given
        generate();
        FileTime old = FileTime.fromMillis(1_000_000);
        Files.setLastModifiedTime(classes.resolve("RequestHeader.java"), old);
        Files.writeString(classes.resolve("ListOffsetsRequest.java"), "damaged");
        Files.writeString(classes.resolve("Gone.java"), "no longer defined");
        // When
        generate();
        // Then
        assertEquals(old, Files.getLastModifiedTime(classes.resolve("RequestHeader.java")));
        assertTrue(Files.readString(classes.resolve("ListOffsetsRequest.java")).startsWith("package"));
        assertFalse(Files.exists(classes.resolve("Gone.java")));
    }

    @Test
    void saysWhereADefinitionIsWrong() throws IOException {
        assertRefused("Bad.Size is of unknown type int33", "{ 'type': 'data', 'name': 'Bad', 'validVersions': '0', 'fields': ["
                + "{ 'name': 'Size', 'type': 'int33', 'versions': '0+' } ] }");
        assertRefused("Bad.Tagged is tagged in versions that are not flexible", "{ 'type': 'data', 'name': 'Bad', 'validVersions': '0-2',"
                + "'flexibleVersions': '2+', 'fields': [ { 'name': 'Tagged', 'type': 'bool', 'versions': '1+', 'taggedVersions': '1+', 'tag': 0 } ] }");
        assertRefused("Bad.Size lacks versions", "{ 'type': 'data', 'name': 'Bad', 'validVersions': '0', 'fields': [{ 'name': 'Size', 'type': 'int32' }] }");
        assertRefused("must be named after its message, Good", "{ 'type': 'data', 'name': 'Good', 'validVersions': '0', 'fields': [] }");
    }

    private void assertRefused(String reason, String definition) throws IOException {
        define("Bad", definition);
        String message = assertThrows(IllegalArgumentException.class, this::generate).getMessage();
        assertTrue(message.contains(reason), message);
    }

    private void define(String name, String json) throws IOException {
        Files.writeString(definitions.resolve(name + ".json"), json.replace("a\"b", "a\\\"b").replace('\'', '"'));
    }

    private void generate() throws IOException {
        Generator.main(new String[] {definitions.toString(), folder.resolve("sources").toString()});
    }

    private String names() throws IOException {
        try (var files = Files.list(classes)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList().toString();
        }
    }
}
