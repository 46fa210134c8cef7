package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.broker.api.ApiRegistry;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.MemoryDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The README's table of APIs is what the registry serves. With {@code -Dpartita.docs.write=true} this test writes it. */
class ApiTableTest {

    private static final Path README = Path.of("../../README.md");
    private static final String BEGIN = "<!-- apis: written by ApiTableTest from the registry -->\n";
    private static final String END = "<!-- /apis -->";

    @Test
    void theTableSaysWhatTheRegistryServes() throws IOException {
        String readme = Files.readString(README);
        int begin = readme.indexOf(BEGIN) + BEGIN.length();
        int end = readme.indexOf(END);
        String expected = readme.substring(0, begin) + table() + readme.substring(end);
        if (Boolean.getBoolean("partita.docs.write")) {
            Files.writeString(README, expected);
            readme = expected;
        }
        assertEquals(expected, readme, "the table of APIs in README.md is out of date: mvn -pl broker/core -am test -Dtest=ApiTableTest"
                + " -Dsurefire.failIfNoSpecifiedTests=false -Dpartita.docs.write=true writes it anew");
    }

    private static String table() {
        Map<String, String> settings = Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", "/api-table");
        try (Broker broker = Broker.start(BrokerOptions.of(BrokerConfig.of(settings)).withDisk(new MemoryDisk()))) {
            StringBuilder table = new StringBuilder("\n| key | API | versions |\n| --- | --- | --- |\n");
            for (ApiRegistry.Entry entry : broker.registry().entries()) {
                table.append("| ").append(entry.key().id()).append(" | ").append(entry.key().title()).append(" | ").append(entry.minVersion());
                if (entry.maxVersion() > entry.minVersion()) {
                    table.append("–").append(entry.maxVersion());
                }
                table.append(" |\n");
            }
            return table.append("\n").toString();
        }
    }
}
