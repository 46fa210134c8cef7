package io.partita.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.partita.cli.client.ClientSettings;
import io.partita.cli.client.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfilesTest {

    @TempDir
    Path directory;

    private Map<String, String> environment(String text) throws IOException {
        Path file = directory.resolve("partita/profiles.properties");
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        return Map.of("XDG_CONFIG_HOME", directory.toString());
    }

    @Test
    void theProfileThatIsNamedCountsElseTheCurrentOne() throws IOException {
        Map<String, String> environment = environment("profile=test\ntest.bootstrap.servers=here:1\nlive.bootstrap.servers=there:2\nlive.client.id=me\n");
        ConnectionOptions options = new ConnectionOptions();
        assertEquals("here:1", options.resolve(environment).value(ClientSettings.BOOTSTRAP));
        options.profile = "live";
        assertEquals("there:2", options.resolve(environment).value(ClientSettings.BOOTSTRAP));
        assertEquals("me", options.resolve(environment).clientId());
    }

    @Test
    void wordsWinOverFilesAndFilesOverProfiles() throws IOException {
        Map<String, String> environment = environment("profile=test\ntest.bootstrap.servers=profile:1\ntest.client.id=profile\n");
        ConnectionOptions options = new ConnectionOptions();
        options.config = Files.writeString(directory.resolve("client.properties"), "bootstrap.servers=file:2\n");
        assertEquals("file:2", options.resolve(environment).value(ClientSettings.BOOTSTRAP));
        assertEquals("profile", options.resolve(environment).clientId());
        options.settings.put("client.id", "word");
        options.bootstrap = "option:3";
        assertEquals("option:3", options.resolve(environment).value(ClientSettings.BOOTSTRAP));
        assertEquals("word", options.resolve(environment).clientId());
    }

    @Test
    void aProfileThatIsNotThereIsToldWithThoseThatAre() throws IOException {
        ConnectionOptions options = new ConnectionOptions();
        options.profile = "lvie";
        Map<String, String> environment = environment("live.bootstrap.servers=there:2\n");
        Failure failure = assertThrows(Failure.class, () -> options.resolve(environment));
        assertEquals("There is no profile lvie.", failure.getMessage());
        assertEquals("Profiles are [live] in " + directory.resolve("partita/profiles.properties") + ".", failure.remedy());
    }

    @Test
    void addressesAreReadAsPeopleWriteThem() {
        for (String[] one : new String[][] {{"host", "host:9092"}, {"host:1", "host:1"}, {"PLAINTEXT://host:1", "host:1"}, {"[::1]:2", "[::1]:2"},
            {"::1", "[::1]:9092"},
            {"[::1]", "[::1]:9092"}}) {
            assertEquals(one[1], new ClientSettings(Map.of(ClientSettings.BOOTSTRAP, one[0])).bootstrap().getFirst().toString());
        }
    }
}
