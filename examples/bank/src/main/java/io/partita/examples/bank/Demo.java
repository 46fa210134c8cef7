package io.partita.examples.bank;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Sends orders to two tellers, each a process of its own, kills one of them now and then, and follows the ledger: every order must be booked once, by two entries, and
 * the sum over all accounts stays nothing. Ends when all orders are booked, with exit code 1 if anything was made or lost.
 *
 * <pre>  Demo BROKER APPLICATION-JAR ORDERS KILLS DIRECTORY</pre>
 */
public final class Demo {

    private static final int PARTITIONS = 3;
    private static final int ACCOUNTS = 20;
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final String broker;
    private final Path application;
    private final int orders;
    private final int kills;
    private final Path directory;
    private final String run = Long.toString(System.currentTimeMillis(), 36);
    private final Random random = new Random();
    private final ObjectMapper json = new ObjectMapper();

    /** Entries by order, as the ledger has them. */
    private final Map<Long, List<Entry>> ledger = new HashMap<>();
    private final Map<String, Long> balances = new HashMap<>();
    private int entries;

    private Demo(String broker, Path application, int orders, int kills, Path directory) {
        this.broker = broker;
        this.application = application;
        this.orders = orders;
        this.kills = kills;
        this.directory = directory;
    }

    public static void main(String[] arguments) throws Exception {
        System.exit(new Demo(arguments[0], Path.of(arguments[1]), Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]), Path.of(arguments[4])).run()
                ? 0
                : 1);
    }

    private boolean run() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker))) {
            admin.createTopics(List.of(new NewTopic("transfers-" + run, PARTITIONS, (short) -1),
                    new NewTopic("entries-" + run, PARTITIONS, (short) -1))).all().get();
        }
        List<Process> tellers = new ArrayList<>(List.of(teller(0), teller(1)));
        try (KafkaProducer<String, String> customers = customers(); KafkaConsumer<String, String> auditor = auditor()) {
            List<TopicPartition> assigned = IntStream.range(0, PARTITIONS).mapToObj(i -> new TopicPartition("entries-" + run, i)).toList();
            auditor.assign(assigned);
            auditor.seekToBeginning(assigned);
            int sent = 0;
            int killed = 0;
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while ((entries < 2 * orders || killed < kills) && System.nanoTime() < deadline) {
                // One lot of orders for every kill, so that there is always something to do.
                int due = (int) Math.min(orders, (long) orders * (killed + 1) / (kills + 1));
                for (; sent < due; sent++) {
                    send(customers, sent);
                }
                read(auditor);
                if (killed < kills && entries > 2L * orders * killed / (kills + 1) + orders / (2 * (kills + 1))) {
                    int victim = killed++ % tellers.size();
                    tellers.get(victim).destroyForcibly().waitFor();
                    System.out.printf("%,d of %,d orders are booked; teller %d is killed, another one takes its place%n", ledger.size(), orders, victim);
                    tellers.set(victim, teller(victim));
                }
            }
            // What would come now would be booked twice.
            Map<TopicPartition, Long> ends = auditor.endOffsets(assigned);
            while (assigned.stream().anyMatch(partition -> auditor.position(partition) < ends.get(partition))) {
                read(auditor);
            }
            return verdict();
        } finally {
            tellers.forEach(Process::destroyForcibly);
        }
    }

    private Path own(int teller) {
        return directory.resolve(run).resolve("teller-" + teller);
    }

    private boolean verdict() {
        long sum = balances.values().stream().mapToLong(Long::longValue).sum();
        long once = ledger.values().stream().filter(Demo::isWhole).count();
        System.out.printf("%,d orders, %,d booked exactly once by %,d entries; all accounts together have %,d cents%n", orders, once, entries, sum);
        Set<Long> wrong = new HashSet<>();
        for (long order = 0; order < orders; order++) {
            if (!isWhole(ledger.getOrDefault(order, List.of()))) {
                wrong.add(order);
            }
        }
        if (wrong.isEmpty() && sum == 0 && entries == 2 * orders) {
            System.out.println("No money was made, and none was lost.");
            return true;
        }
        System.out.println("Wrong: " + wrong.stream().limit(20).map(order -> order + " " + ledger.get(order)).toList());
        return false;
    }

    private static boolean isWhole(List<Entry> entries) {
        return entries.size() == 2 && entries.get(0).cents() + entries.get(1).cents() == 0;
    }

    private Process teller(int number) throws IOException {
        Path own = own(number);
        Files.createDirectories(own.resolve("checkpoints"));
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx128m",
                "-Dkafka.bootstrap.servers=" + broker, "-Dbank.teller=" + run + "-" + number, "-Dbank.transfers=transfers-" + run,
                "-Dbank.entries=entries-" + run, "-Dbank.group=bank-" + run, "-Dbank.checkpoints=" + own.resolve("checkpoints"), "-jar",
                application.toString()).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(own.resolve("log").toFile())).start();
    }

    private void send(KafkaProducer<String, String> customers, long id) throws IOException {
        int from = random.nextInt(ACCOUNTS);
        int to = (from + 1 + random.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
        var transfer = new Transfer(id, "account-" + from, "account-" + to, 1 + random.nextInt(10_000));
        customers.send(new ProducerRecord<>("transfers-" + run, transfer.from(), json.writeValueAsString(transfer)));
    }

    private void read(KafkaConsumer<String, String> auditor) throws IOException {
        for (ConsumerRecord<String, String> record : auditor.poll(Duration.ofMillis(100))) {
            Entry entry = json.readValue(record.value(), Entry.class);
            ledger.computeIfAbsent(entry.transfer(), any -> new ArrayList<>()).add(entry);
            balances.merge(entry.account(), entry.cents(), Long::sum);
            entries++;
        }
    }

    private KafkaProducer<String, String> customers() {
        return new KafkaProducer<>(Map.of("bootstrap.servers", broker), new StringSerializer(), new StringSerializer());
    }

    private KafkaConsumer<String, String> auditor() {
        return new KafkaConsumer<>(Map.of("bootstrap.servers", broker, "isolation.level", "read_committed"), new StringDeserializer(),
                new StringDeserializer());
    }
}
