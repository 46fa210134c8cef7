package io.partita.broker.generator;

import io.partita.broker.generator.Definitions.MessageDefinition;
import java.util.List;

/** Writes the class that makes requests and responses by their API's number. */
final class ApiMessagesWriter {

    static final String NAME = "ApiMessages";

    private ApiMessagesWriter() {
    }

    static String write(List<MessageDefinition> messages) {
        var java = new JavaText();
        java.line("package " + MessageClassWriter.PACKAGE + ";").line("").line("import " + MessageClassWriter.RUNTIME + ".Message;").line("");
        java.line("/** Makes messages by API. Loads no class but that of the message asked for. Generated. */");
        java.line("public final class " + NAME + " {").line("").line("private " + NAME + "() {").line("}");
        for (String kind : List.of("request", "response")) {
            java.line("").line("/** An empty " + kind + " of the API with this number, which must have messages. */");
            java.line("public static Message " + kind + "(int apiKey) {").line("return switch (apiKey) {");
            for (MessageDefinition message : messages) {
                if (message.kind().equals(kind)) {
                    java.line("case " + message.apiKey() + " -> new " + message.name() + "();");
                }
            }
            java.line("default -> throw new IllegalArgumentException(\"no " + kind + " with API key \" + apiKey);").line("};").line("}");
        }
        return java.line("}").toString();
    }
}
