package io.partita.cli.command;

import io.partita.cli.client.ClientSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** Which cluster, and who asks. Later ones win: a profile, the file of --config, -X, --bootstrap. */
public final class ConnectionOptions {

    /** The long name of Kafka's tools does, too. */
    @Option(names = {"-b", "--bootstrap",
        "--bootstrap-server"}, paramLabel = "HOST:PORT", description = "A broker, or several with commas between them (default: localhost:9092, or PARTITA_BOOTSTRAP).")
    String bootstrap;

    @Option(names = "--config", paramLabel = "FILE", description = "Settings of a Kafka client, for TLS and logins (default: PARTITA_CONFIG).")
    Path config;

    @Option(names = "--profile", paramLabel = "NAME", description = "A profile of ~/.config/partita/profiles.properties (default: PARTITA_PROFILE, or the one named by 'profile' there).")
    String profile;

    @Option(names = "-X", paramLabel = "NAME=VALUE", description = "One setting of a Kafka client.")
    Map<String, String> settings = new LinkedHashMap<>();

    /** The same as words of a command line. */
    public List<String> words() {
        List<String> words = new ArrayList<>();
        if (bootstrap != null) {
            words.addAll(List.of("--bootstrap", bootstrap));
        }
        if (config != null) {
            words.addAll(List.of("--config", config.toString()));
        }
        if (profile != null) {
            words.addAll(List.of("--profile", profile));
        }
        settings.forEach((name, value) -> words.addAll(List.of("-X", name + "=" + value)));
        return words;
    }

    public ClientSettings resolve(Map<String, String> environment) {
        Map<String, String> all = new LinkedHashMap<>(Profiles.of(environment).settings(profile != null ? profile : environment.get("PARTITA_PROFILE")));
        Path file = config != null ? config : environment.containsKey("PARTITA_CONFIG") ? Path.of(environment.get("PARTITA_CONFIG")) : null;
        if (file != null) {
            all.putAll(ClientSettings.read(file));
        }
        all.putAll(settings);
        String servers = bootstrap != null ? bootstrap : all.containsKey(ClientSettings.BOOTSTRAP) ? null : environment.get("PARTITA_BOOTSTRAP");
        if (servers != null) {
            all.put(ClientSettings.BOOTSTRAP, servers);
        }
        return new ClientSettings(all);
    }
}
