package io.partita.cli.client;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.FindCoordinatorRequest;
import io.partita.broker.protocol.message.FindCoordinatorResponse;
import io.partita.broker.protocol.message.MetadataRequest;
import io.partita.broker.protocol.message.MetadataResponse;
import io.partita.cli.client.ClientSettings.HostPort;
import io.partita.cli.client.Failure.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/** The brokers of one cluster, connected to as they are needed. One thread. */
public final class Cluster implements AutoCloseable {

    /** Of FindCoordinator. */
    public static final byte GROUP = 0;
    public static final byte TRANSACTION = 1;

    private static final int METADATA_LOWEST = 5;
    private static final int METADATA_HIGHEST = 12;
    private static final long RETRY_MILLIS = 100;

    private final ClientSettings settings;
    private final Sockets sockets;
    private final Map<Integer, BrokerConnection> connections = new TreeMap<>();
    private BrokerConnection first;
    private Map<Integer, HostPort> brokers;
    private int controllerId = -1;

    public Cluster(ClientSettings settings) {
        this.settings = settings;
        this.sockets = new Sockets(settings);
    }

    public ClientSettings settings() {
        return settings;
    }

    /** A connection to some broker: the first that answers of those that are named. */
    public BrokerConnection any() {
        if (first == null) {
            List<Failure> failures = new ArrayList<>();
            for (HostPort server : settings.bootstrap()) {
                try {
                    first = BrokerConnection.open(server, settings, sockets);
                    return first;
                } catch (Failure e) {
                    if (e.kind() != Kind.UNREACHABLE) {
                        throw e;
                    }
                    failures.add(e);
                }
            }
            throw unreachable(failures);
        }
        return first;
    }

    private static Failure unreachable(List<Failure> failures) {
        if (failures.size() == 1) {
            return failures.getFirst();
        }
        return new Failure(Kind.UNREACHABLE, "None of the brokers that are named can be reached. " + String.join(" ", failures.stream().map(Failure::getMessage)
                .distinct().toList()), failures.getFirst().remedy());
    }

    /** The connection to the broker of this number. */
    public BrokerConnection broker(int id) {
        BrokerConnection connection = connections.get(id);
        if (connection == null) {
            HostPort address = brokers().get(id);
            if (address == null) {
                throw new Failure(Kind.NOT_FOUND, "There is no broker " + id + " now.", "Brokers are " + brokers().keySet() + ".");
            }
            connection = first != null && first.address().equals(address) ? first : BrokerConnection.open(address, settings, sockets);
            connections.put(id, connection);
        }
        return connection;
    }

    /** A connection that nobody else uses; for threads of their own. Close it. */
    public BrokerConnection separate(int id) {
        HostPort address = brokers().get(id);
        if (address == null) {
            throw new Failure(Kind.NOT_FOUND, "There is no broker " + id + " now.");
        }
        return BrokerConnection.open(address, settings, sockets);
    }

    /** Where brokers listen for clients, by their numbers. */
    public Map<Integer, HostPort> brokers() {
        if (brokers == null) {
            metadata(List.of());
        }
        return brokers;
    }

    /** Calls some broker. */
    public <R extends Message> R call(ApiKey key, int lowest, int highest, Message request, R response) {
        return any().call(key, lowest, highest, request, response);
    }

    /** Calls some broker, again as long as it is not ready for this. */
    public <R extends Message> R callReady(ApiKey key, int lowest, int highest, Message request, Supplier<R> response, ToIntFunction<R> error) {
        return retry(() -> call(key, lowest, highest, request, response.get()), error);
    }

    /**
     * Calls the broker that changes go to, again as long as another one has become that.
     *
     * @param error the code in an answer that decides whether it is called again
     */
    public <R extends Message> R callController(ApiKey key, int lowest, int highest, Message request, Supplier<R> response, ToIntFunction<R> error) {
        return retry(() -> {
            brokers();
            BrokerConnection connection = brokers.containsKey(controllerId) ? broker(controllerId) : any();
            return connection.call(key, lowest, highest, request, response.get());
        }, error);
    }

    /** The same, from the coordinator of a group or a transactional id. */
    public <R extends Message> R callCoordinator(byte type, String name, ApiKey key, int lowest, int highest, Message request, Supplier<R> response,
            ToIntFunction<R> error) {
        return retry(() -> broker(coordinator(type, name)).call(key, lowest, highest, request, response.get()), error);
    }

    /** Which broker coordinates it. */
    public int coordinator(byte type, String name) {
        FindCoordinatorRequest request = new FindCoordinatorRequest();
        request.key = name;
        request.keyType = type;
        FindCoordinatorResponse answer = retry(() -> call(ApiKey.FIND_COORDINATOR, 1, 3, request, new FindCoordinatorResponse()), found -> found.errorCode);
        Sentences.check(answer.errorCode, answer.errorMessage, (type == GROUP ? "The group " : "The transactional id ") + name);
        return answer.nodeId;
    }

    private <R> R retry(Supplier<R> call, ToIntFunction<R> error) {
        long end = System.nanoTime() + settings.requestTimeoutMillis() * 1_000_000L;
        while (true) {
            R answer = call.get();
            ErrorCode code = ErrorCode.forCode(error.applyAsInt(answer));
            boolean again = switch (code) {
                case NOT_CONTROLLER, COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR, UNSTABLE_OFFSET_COMMIT,
                        CONCURRENT_TRANSACTIONS, LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER ->
                    true;
                default -> false;
            };
            if (!again || System.nanoTime() > end) {
                return answer;
            }
            brokers = null;
            pause();
        }
    }

    /** Waits a moment before leaders are asked for again. */
    public void pauseAndForget() {
        brokers = null;
        pause();
    }

    private static void pause() {
        try {
            Thread.sleep(RETRY_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Kind.REFUSED, "Interrupted.");
        }
    }

    /** All topics, or those of {@code names} if that is not null; none is made by asking. */
    public MetadataResponse metadata(Collection<String> names) {
        MetadataRequest request = new MetadataRequest();
        request.allowAutoTopicCreation = false;
        if (names == null) {
            request.topics = null;
        } else {
            request.topics = new ArrayList<>(names.size());
            for (String name : names) {
                MetadataRequest.MetadataRequestTopic topic = new MetadataRequest.MetadataRequestTopic();
                topic.name = name;
                request.topics.add(topic);
            }
        }
        MetadataResponse response = call(ApiKey.METADATA, METADATA_LOWEST, METADATA_HIGHEST, request, new MetadataResponse());
        brokers = new TreeMap<>();
        for (MetadataResponse.MetadataResponseBroker broker : response.brokers) {
            brokers.put(broker.nodeId, new HostPort(broker.host, broker.port));
        }
        controllerId = response.controllerId;
        return response;
    }

    /** These topics, all of which must be there; a name that is not is met with those that are like it. */
    public List<MetadataResponse.MetadataResponseTopic> topics(Collection<String> names) {
        List<MetadataResponse.MetadataResponseTopic> topics = metadata(names).topics;
        for (MetadataResponse.MetadataResponseTopic topic : topics) {
            if (ErrorCode.forCode(topic.errorCode) == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
                throw new NearNames(metadata(null).topics.stream().map(known -> known.name).toList()).unknown("topic", topic.name,
                        "partita topic list shows all.");
            }
            if (ErrorCode.forCode(topic.errorCode) != ErrorCode.LEADER_NOT_AVAILABLE) {
                Sentences.check(topic.errorCode, null, "The topic " + topic.name);
            }
        }
        return topics;
    }

    @Override
    public void close() {
        connections.values().forEach(BrokerConnection::close);
        if (first != null) {
            first.close();
        }
    }
}
