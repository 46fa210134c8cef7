package io.partita.cli.check;

import io.partita.broker.env.Failures;
import io.partita.cli.PartitaMain;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.command.ConnectionOptions;
import io.partita.cli.output.Terminal;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Gathers what somebody needs who is to help from afar. */
@Command(name = "bundle", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Writes one archive with what helps to find out what is wrong: state of the cluster, topics, groups, transactions, settings, quotas, this machine, logs that are named.",
    "No records are in it. Passwords, keys and tokens are masked; names of topics, groups, hosts and users are not. Look through it before you give it away."})
public final class Bundle implements Callable<Integer> {

    private static final long LOG_BYTES_MAX = 20L << 20;
    private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

    @Mixin
    ConnectionOptions connection;

    @Option(names = {"-f", "--file"}, paramLabel = "FILE", description = "The archive (default: partita-bundle-TIME.zip here).")
    Path file;

    @Option(names = "--log", paramLabel = "FILE", description = "A log of a broker, of which the last 20 MB are taken; may be repeated.")
    List<Path> logs = new ArrayList<>();

    @Option(names = "--data", paramLabel = "DIR", description = "A data directory on this machine: the list of its logs, and partita check.")
    Path data;

    private final Terminal terminal;

    Bundle(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        Path target = file == null ? Path.of("partita-bundle-" + LocalDateTime.now().format(NAME) + ".zip") : file;
        boolean reached;
        try (OutputStream out = Files.newOutputStream(target, StandardOpenOption.CREATE_NEW); ZipOutputStream zip = new ZipOutputStream(out)) {
            String status = command(zip, "cluster/status.json", List.of("cluster", "status", "-o", "json"), true);
            reached = !status.isEmpty();
            if (reached) {
                for (Object broker : new JsonObject(status).getJsonArray("brokers")) {
                    String id = ((JsonObject) broker).getValue("broker").toString();
                    command(zip, "cluster/broker-" + id + ".json", List.of("config", "list", "broker", id, "-o", "json"), true);
                }
                commands().forEach((name, words) -> command(zip, name, words, true));
            }
            if (data != null) {
                command(zip, "machine/check.json", List.of("check", "-o", "json", "--data", data.toString()), false);
            }
            if (data != null) {
                command(zip, "machine/logs.json", List.of("dump", data.toString(), "-o", "json"), false);
            }
            for (Path log : logs) {
                entry(zip, "logs/" + log.getFileName(), end(log));
            }
        } catch (FileAlreadyExistsException e) {
            throw new Failure(Kind.USAGE, target + " is there already.", "Name another one: --file.");
        }
        terminal.out().println(target);
        if (!reached) {
            terminal.err().println("The cluster could not be asked; cluster/status.errors.txt in the archive says why.");
        }
        return 0;
    }

    private static Map<String, List<String>> commands() {
        Map<String, List<String>> commands = new LinkedHashMap<>();
        commands.put("cluster/topics.json", List.of("topic", "list", "--internal", "-o", "json"));
        commands.put("cluster/groups.json", List.of("group", "list", "-o", "json"));
        commands.put("cluster/transactions.json", List.of("transaction", "list", "-o", "json"));
        commands.put("cluster/quotas.json", List.of("quota", "list", "-o", "json"));
        commands.put("cluster/acls.json", List.of("acl", "list", "-o", "json"));
        return commands;
    }

    /** What it prints is an entry; what went wrong another. */
    private String command(ZipOutputStream zip, String name, List<String> words, boolean asksCluster) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        List<String> all = new ArrayList<>(words);
        if (asksCluster) {
            all.addAll(connection.words());
        }
        PartitaMain.run(all.toArray(String[]::new), new Terminal(InputStream.nullInputStream(), new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8), false, false));
        try {
            if (out.size() > 0) {
                entry(zip, name, out.toString(StandardCharsets.UTF_8));
            }
            if (err.size() > 0) {
                entry(zip, name.replace(".json", ".errors.txt"), err.toString(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new Failure(Kind.REFUSED, "The archive cannot be written: " + Failures.said(e) + ".");
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static void entry(ZipOutputStream zip, String name, String text) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(Secrets.mask(text).getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
    }

    private static String end(Path log) {
        try (RandomAccessFile in = new RandomAccessFile(log.toFile(), "r")) {
            long size = in.length();
            in.seek(Math.max(0, size - LOG_BYTES_MAX));
            byte[] bytes = new byte[(int) Math.min(size, LOG_BYTES_MAX)];
            in.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new Failure(Kind.USAGE, "The log " + log + " cannot be read: " + Failures.said(e) + ".");
        }
    }
}
