package io.partita.cli.command;

import io.partita.broker.env.Failures;
import io.partita.broker.protocol.message.AlterUserScramCredentialsRequest;
import io.partita.broker.protocol.message.AlterUserScramCredentialsRequest.ScramCredentialUpsertion;
import io.partita.broker.security.sasl.ScramHash;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "set", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Makes a user, or gives one another password, which is asked for or read from standard input.",
    "It does not leave this machine: the cluster gets what SCRAM makes of it."})
final class UserSet extends ClusterCommand {

    private static final int SALT_BYTES = 24;
    private static final int ITERATIONS_MIN = 4_096;
    private static final int ITERATIONS_MAX = 16_384;

    @Parameters(paramLabel = "USER", description = "The user.")
    String name;

    @Option(names = "--password-file", paramLabel = "FILE", description = "Reads the password from the first line of a file.")
    Path file;

    @Option(names = {"-m", "--mechanism"}, paramLabel = "NAME", split = ",", description = "SCRAM-SHA-256 and SCRAM-SHA-512 (default: both).")
    List<String> mechanisms = List.of(ScramHash.SHA_256.mechanism(), ScramHash.SHA_512.mechanism());

    @Option(names = "--iterations", paramLabel = "N", description = "4096 to 16384 (default: ${DEFAULT-VALUE}).")
    int iterations = 8192;

    @Option(names = "--dry-run", description = "Only says what would happen.")
    boolean dryRun;

    UserSet(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) throws IOException {
        if (iterations < ITERATIONS_MIN || iterations > ITERATIONS_MAX) {
            throw new Failure(Kind.USAGE, "--iterations is " + iterations + ".", "It is " + ITERATIONS_MIN + " to " + ITERATIONS_MAX + ".");
        }
        // One request for each: Kafka refuses two for one user in the same.
        List<AlterUserScramCredentialsRequest> requests = new ArrayList<>();
        byte[] password = password().getBytes(StandardCharsets.UTF_8);
        if (password.length == 0) {
            throw new Failure(Kind.USAGE, "The password is empty.");
        }
        for (String mechanism : mechanisms) {
            ScramHash hash = ScramHash.forMechanism(mechanism);
            if (hash == null) {
                throw new Failure(Kind.USAGE, "There is no mechanism " + mechanism + ".", "It is SCRAM-SHA-256 or SCRAM-SHA-512.");
            }
            ScramCredentialUpsertion made = new ScramCredentialUpsertion();
            made.name = name;
            made.mechanism = hash.id();
            made.iterations = iterations;
            made.salt = new byte[SALT_BYTES];
            new SecureRandom().nextBytes(made.salt);
            made.saltedPassword = hash.salted(password, made.salt, iterations);
            AlterUserScramCredentialsRequest request = new AlterUserScramCredentialsRequest();
            request.upsertions.add(made);
            requests.add(request);
        }
        boolean there = new Users(cluster).all().stream().anyMatch(user -> user.user.equals(name));
        if (!dryRun) {
            requests.forEach(new Users(cluster)::alter);
        }
        output.changed("user", name, there ? "altered" : "created", dryRun, "The user " + name + " " + (there ? "has another password" : "is made") + ", for "
                + String.join(" and ", mechanisms) + ".");
    }

    private String password() throws IOException {
        if (file != null) {
            try {
                return firstLine(Files.readString(file));
            } catch (IOException e) {
                throw new Failure(Kind.USAGE, "The file " + file + " cannot be read: " + Failures.said(e) + ".");
            }
        }
        if (terminal().keyboard() && System.console() != null) {
            char[] typed = System.console().readPassword("Password for %s: ", name);
            return typed == null ? "" : new String(typed);
        }
        return firstLine(new String(terminal().in().readAllBytes(), StandardCharsets.UTF_8));
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }
}
