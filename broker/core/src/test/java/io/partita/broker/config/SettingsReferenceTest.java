package io.partita.broker.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** docs/SETTINGS.md is what the definitions say. With {@code -Dpartita.docs.write=true} this test writes it. */
class SettingsReferenceTest {

    private static final Path PAGE = Path.of("../../docs/SETTINGS.md");

    @Test
    void thePageSaysWhatTheDefinitionsSay() throws IOException {
        String page = page();
        if (Boolean.getBoolean("partita.docs.write")) {
            Files.writeString(PAGE, page);
        }
        assertEquals(page, Files.readString(PAGE), "docs/SETTINGS.md is out of date: mvn -pl broker/core -am test -Dtest=SettingsReferenceTest"
                + " -Dsurefire.failIfNoSpecifiedTests=false -Dpartita.docs.write=true writes it anew");
    }

    private static String page() {
        StringBuilder page = new StringBuilder("""
                # Settings

                <!-- Written by SettingsReferenceTest from the definitions in io.partita.broker.config. -->

                Names, types and defaults are Kafka 4.4's; where ours differ, the text says so. Unless it says otherwise, a setting that Kafka knows means here what
                it means there.

                ## Settings of a topic

                Given when a topic is created, changed with `kafka-configs --entity-type topics`, in force at once. A topic that does not say takes the
                first of the broker settings in the last column that has a value.

                """);
        table(page, TopicSettings.definitions(), true);
        page.append("""

                ## Settings of a group

                Changed with `kafka-configs --entity-type groups`, in force at once, whether or not the group exists. A group that does not say takes the
                broker setting in the last column. Kept by a broker that has its metadata in its own journal, and on Kubernetes (`KafkaRules`).

                """);
        table(page, GroupSettings.definitions(), true);
        page.append("""

                ## Settings of a broker

                From a properties file (`./run --config FILE`), from `./run --set NAME=VALUE`, or given to an embedded broker. Those that change *at once* can
                also be changed while brokers run, with `kafka-configs --entity-type brokers`, for one broker or for all (`--entity-default`).

                """);
        table(page, BrokerSettings.definitions(), false);
        page.append("""

                ## Settings of Kafka without effect

                A Kafka `server.properties` is taken as it is. These names are known, and named in the log with the reason when they are set (`*` stands for any
                ending):

                | name | because |
                | --- | --- |
                """);
        for (String[] entry : BrokerSettings.withoutEffect()) {
            page.append("| `").append(entry[0]).append(entry[0].endsWith(".") ? "*" : "").append("` | ").append(entry[1]).append(" |\n");
        }
        return page.toString();
    }

    private static void table(StringBuilder page, ConfigDefinitions definitions, boolean topic) {
        page.append("| name | type | default | values | ").append(topic ? "meaning | broker settings |\n" : "changes | meaning |\n");
        page.append("| --- | --- | --- | --- | --- | --- |\n");
        for (ConfigDefinition definition : definitions.all()) {
            if (definition.internal()) {
                continue;
            }
            String bounds = definition.constraint().describe();
            page.append("| `").append(definition.name()).append("` | ").append(definition.type().name().toLowerCase(Locale.ROOT)).append(" | ")
                    .append(value(definition.defaultValue())).append(" | ").append(bounds == null ? "" : bounds).append(" | ");
            if (topic) {
                page.append(definition.documentation()).append(" | ");
                for (ConfigDefinition.Synonym synonym : definition.synonyms()) {
                    page.append('`').append(synonym.name()).append("` ");
                }
                page.append("|\n");
            } else {
                page.append(definition.update() == ConfigDefinition.Update.AT_ONCE ? "at once" : "restart").append(" | ")
                        .append(definition.documentation()).append(" |\n");
            }
        }
    }

    private static String value(String value) {
        return value == null ? "none" : value.isEmpty() ? "empty" : value.equals(Long.toString(Long.MAX_VALUE)) ? "2^63 - 1" : "`" + value + "`";
    }
}
