package io.partita.broker.generator;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.partita.broker.generator.Definitions.MessageDefinition;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** The generator's entry point. Runs inside Maven. */
public final class Generator {

    private static final String SELECTION = "selection.json";
    private static final String RESOURCES = "/common/message/";

    private final ObjectMapper json = new ObjectMapper().enable(JsonParser.Feature.ALLOW_COMMENTS);
    private final Path definitions;
    private final Path sources;

    private Generator(Path definitions, Path sources) {
        this.definitions = definitions;
        this.sources = sources;
    }

    /**
     * Writes the classes. Files that would not change are left alone, so that nothing is compiled anew for them; files no longer wanted are
     * removed.
     *
     * @param args the folder of our definitions, and the folder of sources to write below
     */
    public static void main(String[] args) throws IOException {
        if (args.length != 2) {
            throw new IllegalArgumentException("Usage: Generator DEFINITIONS-FOLDER SOURCES-FOLDER");
        }
        new Generator(Path.of(args[0]), Path.of(args[1])).generate();
    }

    private void generate() throws IOException {
        Path folder = sources.resolve(MessageClassWriter.PACKAGE.replace('.', '/'));
        Files.createDirectories(folder);
        var messages = new ArrayList<MessageDefinition>();
        Set<String> written = new HashSet<>();
        for (JsonNode definition : load().values()) {
            MessageDefinition message = DefinitionReader.read(definition);
            messages.add(message);
            write(folder, message.name(), new MessageClassWriter(message).write(), written);
        }
        messages.sort(Comparator.comparingInt(MessageDefinition::apiKey));
        write(folder, ApiMessagesWriter.NAME, ApiMessagesWriter.write(messages), written);
        removeOthers(folder, written);
    }

    /** All definitions wanted, by message name. */
    private TreeMap<String, JsonNode> load() throws IOException {
        JsonNode selection = json.readTree(definitions.resolve(SELECTION).toFile());
        var loaded = new TreeMap<String, JsonNode>();
        for (JsonNode api : selection.get("apis")) {
            loaded.put(api.asText() + "Request", resource(api.asText() + "Request"));
            loaded.put(api.asText() + "Response", resource(api.asText() + "Response"));
        }
        for (JsonNode message : selection.get("messages")) {
            loaded.put(message.asText(), resource(message.asText()));
        }
        OlderVersions.apply(json.readTree(definitions.resolve(OlderVersions.FILE).toFile()), loaded);
        for (Path file : ownFiles()) {
            JsonNode own = json.readTree(file.toFile());
            String name = own.path("name").asText();
            if (!file.getFileName().toString().equals(name + ".json")) {
                throw new IllegalArgumentException(file + " must be named after its message, " + name);
            }
            loaded.put(name, own);
        }
        return loaded;
    }

    private List<Path> ownFiles() throws IOException {
        try (var files = Files.list(definitions)) {
            return files.filter(f -> f.toString().endsWith(".json") && !f.endsWith(SELECTION) && !f.endsWith(OlderVersions.FILE)).sorted().toList();
        }
    }

    private JsonNode resource(String name) throws IOException {
        try (InputStream in = Generator.class.getResourceAsStream(RESOURCES + name + ".json")) {
            if (in == null) {
                throw new IllegalArgumentException("kafka-clients carries no definition of " + name + ", which " + SELECTION + " names");
            }
            return json.readTree(in);
        }
    }

    private static void write(Path folder, String className, String source, Set<String> written) throws IOException {
        Path file = folder.resolve(className + ".java");
        written.add(className + ".java");
        if (!Files.exists(file) || !Files.readString(file).equals(source)) {
            Files.writeString(file, source);
        }
    }

    private static void removeOthers(Path folder, Set<String> written) throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.filter(f -> !written.contains(f.getFileName().toString())).toList()) {
                Files.delete(file);
            }
        }
    }
}
