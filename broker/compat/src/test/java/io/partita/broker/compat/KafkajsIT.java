package io.partita.broker.compat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** kafkajs, which speaks none of the flexible versions. Cases are functions of {@code cases.js}. */
class KafkajsIT {
    @RegisterExtension
    static final Broker BROKER = Broker.perClass();

    private static final Path SOURCE = Repository.testFile("clients/kafkajs");
    private static final Path INSTALLED = Repository.MODULE.resolve("target/kafkajs");

    @BeforeAll
    static void installPackages() throws IOException {
        Files.createDirectories(INSTALLED);
        var lock = Files.readString(SOURCE.resolve("package-lock.json"));
        var installed = INSTALLED.resolve("installed-lock.json");
        if (Files.exists(installed) && Files.readString(installed).equals(lock)) {
            return;
        }
        for (var file : List.of("package.json", "package-lock.json")) {
            Files.copy(SOURCE.resolve(file), INSTALLED.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        Command.installed("npm", "nodejs npm", List.of("ci", "--ignore-scripts", "--no-audit", "--no-fund")).in(INSTALLED).succeed();
        Files.writeString(installed, lock);
    }

    @ParameterizedTest
    @ValueSource(strings = {"codec:None", "codec:GZIP", "codec:Snappy", "codec:LZ4", "codec:ZSTD", "acks:0", "acks:1", "acks:-1", "record_fields", "idempotent",
        "transactions",
        "auto_created", "too_large", "group", "offsets", "admin"})
    void kafkajs(String name) {
        Command.installed("node", "nodejs npm", List.of(SOURCE.resolve("cases.js").toString(), BROKER.bootstrap(), name, Clients.name("js")))
                .with("NODE_PATH", INSTALLED.resolve("node_modules").toString()).succeed();
    }
}
