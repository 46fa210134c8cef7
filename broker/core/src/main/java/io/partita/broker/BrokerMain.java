package io.partita.broker;

import io.partita.broker.CommandLine.Adoption;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.BrokerSettings;
import io.partita.broker.config.InvalidConfigException;
import io.partita.broker.env.Disk;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.FileDisk;
import io.partita.broker.log.DataDirectories;
import io.partita.broker.metadata.FileMetadataStore;
import io.partita.broker.metadata.MetadataStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** The standalone broker: reads the command line, runs a {@link Broker} until it is told to stop. */
public final class BrokerMain {

    private static final int EXIT_USAGE = 2;
    private static final int EXIT_FAILED = 1;
    /** It cannot be this broker any more. */
    private static final int EXIT_REPLACED = 3;

    private BrokerMain() {}

    /** Stores of metadata beside the one in the data directory, by what {@code metadata.store} says. */
    @FunctionalInterface
    public interface Stores {

        /** @throws IllegalArgumentException when there is no such store, or its settings cannot be used; the message says what to write */
        MetadataStore.Factory of(BrokerConfig config);
    }

    /** What runs beside a broker and ends before it. */
    @FunctionalInterface
    public interface Companion {

        /** Nothing. */
        Companion NONE = broker -> Beside.NOTHING;

        /** @throws BrokerStartException when it cannot begin */
        Beside start(Broker broker);
    }

    /**
     * Something that runs beside the broker.
     *
     * @param told what a user should know of it; null for nothing
     * @param end ends it
     */
    public record Beside(String told, Runnable end) {
        public static final Beside NOTHING = new Beside(null, () -> {});
    }

    /** Runs a broker that keeps its metadata in its data directory. */
    public static void main(String[] words) throws InterruptedException {
        run(words, config -> {
            throw new IllegalArgumentException(
                    "This program keeps its metadata in its data directory, and cannot in " + config.value(BrokerSettings.METADATA_STORE) + ".");
        }, Companion.NONE);
    }

    /** Runs a broker until it is told to stop. */
    public static void run(String[] words, Stores stores, Companion companion) throws InterruptedException {
        NameCache.shorten();
        CommandLine commandLine;
        BrokerConfig config;
        try {
            commandLine = CommandLine.parse(words, System.getProperty("partita.data", "data"));
            if (commandLine.help()) {
                System.out.print(CommandLine.USAGE);
                return;
            }
            config = BrokerConfig.of(commandLine.settings());
        } catch (CommandLine.UsageException | InvalidConfigException e) {
            System.err.println(e.getMessage());
            System.err.println("run --help shows the options.");
            System.exit(EXIT_USAGE);
            return;
        }
        for (String warning : config.warnings()) {
            System.err.println(warning);
        }
        String metadataDirectory = commandLine.settings().get("metadata.log.dir");
        Path kafkaMetadata = metadataDirectory == null ? null : Path.of(metadataDirectory);
        if (commandLine.adoption() == Adoption.CHECKED) {
            check(config, kafkaMetadata);
            return;
        }
        BrokerOptions options = BrokerOptions.of(config);
        String store = config.value(BrokerSettings.METADATA_STORE);
        if (store != null && commandLine.adoption() != Adoption.REFUSED) {
            System.err.println("--adopt-kafka takes data directories over for one broker alone: leave metadata.store out.");
            System.exit(EXIT_USAGE);
            return;
        }
        if (store != null) {
            try {
                options = options.withMetadata(stores.of(config));
            } catch (IllegalArgumentException e) {
                System.err.println(e.getMessage());
                System.exit(EXIT_USAGE);
                return;
            }
        } else if (commandLine.adoption() != Adoption.REFUSED) {
            options = options.withMetadata(FileMetadataStore.adopting(kafkaMetadata, commandLine.adoption() == Adoption.INCOMPLETE));
        }
        Broker broker;
        try {
            broker = Broker.start(options);
        } catch (BrokerStartException e) {
            System.err.println("The broker did not start: " + e.getMessage());
            System.exit(EXIT_FAILED);
            return;
        }
        Beside beside;
        try {
            beside = companion.start(broker);
        } catch (BrokerStartException e) {
            broker.close();
            System.err.println("The broker did not start: " + e.getMessage());
            System.exit(EXIT_FAILED);
            return;
        }
        Watchdog watchdog = watchdog(broker, config.longValue("watchdog.timeout.ms"));
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            // First, for clients wait from the signal on; what else there is to end takes its time.
            broker.handOver();
            if (watchdog != null) {
                watchdog.close();
            }
            beside.end().run();
            broker.close();
            System.out.println("Partita has stopped.");
            stopped.countDown();
        }));
        // On a thread of its own: the end waits for the broker, and with it for the thread that this is told on.
        broker.mustEnd().thenAccept(sentence -> new Thread(() -> {
            System.err.println(sentence);
            System.exit(EXIT_REPLACED);
        }, "partita-end").start());
        OpenListeners.warnings(config).forEach(System.out::println);
        System.out.println("Partita " + Broker.version() + " serves Kafka clients on " + broker.bootstrapServers() + " as broker " + config.nodeId() + ".");
        System.out.println("Its data is in " + String.join(", ", config.dataDirectories()) + ". Ctrl-C stops it.");
        if (beside.told() != null) {
            System.out.println(beside.told());
        }
        stopped.await();
    }

    private static Watchdog watchdog(Broker broker, long timeoutMillis) {
        try {
            return timeoutMillis <= 0 ? null : Watchdog.start(broker, timeoutMillis);
        } catch (IOException e) {
            broker.close();
            System.err.println("The broker did not start: " + e.getMessage() + ".");
            System.exit(EXIT_FAILED);
            return null;
        }
    }

    /** Says what would be taken over from Apache Kafka. */
    private static void check(BrokerConfig config, Path kafkaMetadata) {
        List<Path> paths = config.dataDirectories().stream().map(Path::of).toList();
        Disk disk = new FileDisk();
        try (DataDirectories directories = DataDirectories.look(paths, config.value("cluster.id"), config.nodeId(), disk, Entropy.system())) {
            System.out.print(FileMetadataStore.adoptionReport(disk, directories, kafkaMetadata, config, Entropy.system()));
        } catch (IOException e) {
            System.err.println("The directories cannot be taken over: " + e.getMessage());
            System.exit(EXIT_FAILED);
        }
    }
}
