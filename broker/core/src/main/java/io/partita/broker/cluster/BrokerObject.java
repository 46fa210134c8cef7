package io.partita.broker.cluster;

import io.partita.broker.cluster.ObjectText.Line;
import io.partita.broker.cluster.ObjectText.UnreadableException;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.BrokerImage.Endpoint;
import io.partita.broker.metadata.BrokerImage.Standing;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * An object {@code brokers/ID}: a process that is there as this broker, for as long as it renews it.
 *
 * @param process this run of it
 * @param incarnation the name of its logs
 * @param version its release, for people
 * @param level the newest forms of objects that it reads
 * @param isLeaving whether it stops, and is not to be elected any more
 * @param isHindered whether its disks lack space or fail, so that it had better not be given leaderships
 * @param isNew whether its data directories were empty when this process began
 * @param sinceMillis since when it is there, for people, in milliseconds since the epoch; 0 where it does not say
 */
public record BrokerObject(
        BrokerImage broker, BrokerProcess process, String incarnation, String version, int level, boolean isLeaving, boolean isHindered, boolean isNew,
        long sinceMillis) {

    /** A broker that had data before. */
    public BrokerObject(
            BrokerImage broker, BrokerProcess process, String incarnation, String version, int level, boolean isLeaving, boolean isHindered,
            long sinceMillis) {
        this(broker, process, incarnation, version, level, isLeaving, isHindered, false, sinceMillis);
    }

    /** Reads sets with partitions that are on their way to other brokers. */
    public static final int LEVEL_MOVES = 2;

    /** Knows what the settings of topics ask for that begin with {@code queue.}, and the form in which records lie in logs that wait. */
    public static final int LEVEL_QUEUES = 3;

    /** The newest forms of objects that this release reads; those of {@link ClusterObject#LEVEL} are enough for a cluster, as long as nobody needs others. */
    static final int LEVEL = LEVEL_QUEUES;

    private static final String FOLDER = "brokers/";

    static String objectName(int broker) {
        return FOLDER + broker;
    }

    /** Whether an object of this name is a broker. */
    static boolean isName(String objectName) {
        return objectName.startsWith(FOLDER);
    }

    BrokerObject leaving() {
        return new BrokerObject(broker, process, incarnation, version, level, true, isHindered, isNew, sinceMillis);
    }

    BrokerObject hindered(boolean isNow) {
        return new BrokerObject(broker, process, incarnation, version, level, isLeaving, isNow, isNew, sinceMillis);
    }

    /** The broker as it says of itself that it stands. */
    BrokerImage image() {
        return broker.as(isLeaving ? Standing.STOPPING : isHindered ? Standing.HINDERED : Standing.SERVING);
    }

    /** Who and where it is, for people: {@code process 1f… at host:9092, since 2024-01-31T10:00:00Z}. */
    String says() {
        StringBuilder says = new StringBuilder("process ").append(process.process());
        if (!broker.endpoints().isEmpty()) {
            Endpoint first = broker.endpoints().getFirst();
            says.append(" at ").append(first.host()).append(':').append(first.port());
        }
        if (sinceMillis > 0) {
            says.append(", since ").append(Instant.ofEpochMilli(sinceMillis).truncatedTo(ChronoUnit.SECONDS));
        }
        return says.toString();
    }

    String text() {
        ObjectText.Writer writer = new ObjectText.Writer().line("broker", broker.id()).line("process", process.process()).line("log", incarnation)
                .line("version", version).line("level", level);
        if (broker.rack() != null) {
            writer.line("rack", broker.rack());
        }
        if (sinceMillis > 0) {
            writer.line("since", sinceMillis);
        }
        if (isHindered) {
            writer.line("hindered", "yes");
        }
        if (isNew) {
            writer.line("new", "yes");
        }
        if (isLeaving) {
            writer.line("leaving", "yes");
        }
        broker.endpoints().forEach(endpoint -> writer.line("listener", endpoint.listener() + " " + endpoint.port() + " " + endpoint.host()));
        return writer.text();
    }

    static BrokerObject read(String text) throws UnreadableException {
        int id = -1;
        int level = 0;
        boolean isLeaving = false;
        boolean isHindered = false;
        boolean isNew = false;
        long since = 0;
        String process = null;
        String incarnation = null;
        String version = "";
        String rack = null;
        List<Endpoint> endpoints = new ArrayList<>();
        for (Line line : ObjectText.read(text)) {
            switch (line.word()) {
                case "broker" -> id = line.number();
                case "process" -> process = line.says();
                case "log" -> incarnation = line.says();
                case "version" -> version = line.says();
                case "level" -> level = line.number();
                case "rack" -> rack = line.says();
                case "hindered" -> isHindered = true;
                case "since" -> since = ObjectText.longNumber(line.says());
                case "new" -> isNew = true;
                case "leaving" -> isLeaving = true;
                case "listener" -> {
                    String[] words = line.words(3);
                    endpoints.add(new Endpoint(words[0], words[2], ObjectText.number(words[1])));
                }
                default -> {
                    // A later release says more of its brokers, which those of this one need not know.
                }
            }
        }
        try {
            return new BrokerObject(new BrokerImage(id, endpoints, rack), new BrokerProcess(id, process == null ? "" : process), incarnation, version, level,
                    isLeaving, isHindered, isNew, since);
        } catch (IllegalArgumentException wrong) {
            throw new UnreadableException(wrong.getMessage());
        }
    }
}
