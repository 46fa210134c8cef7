package io.partita.broker.http;

import io.partita.broker.Broker;
import io.partita.broker.http.Topics.Found;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ClusterEvent;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DescribeClusterRequest;
import io.partita.broker.protocol.message.DescribeClusterResponse;
import io.partita.broker.protocol.message.DescribeLogDirsResponse;
import io.partita.broker.protocol.message.ElectLeadersRequest;
import io.partita.broker.protocol.message.ElectLeadersResponse;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The cluster and its brokers: whether all is well, and what happened. */
final class ClusterRoutes {

    private static final int EVENTS_DEFAULT = 100;
    private static final int EVENTS_MAX = 500;
    /** A disk with less is told of. */
    private static final double FREE_SHARE_MIN = 0.1;

    private final Broker broker;

    private ClusterRoutes(Broker broker) {
        this.broker = broker;
    }

    static List<Route> all(Broker broker) {
        ClusterRoutes routes = new ClusterRoutes(broker);
        return List.of(
                Route.get("/api/v1/cluster", "getCluster", "The cluster, and whether it is well: problems says what is not, in sentences", routes::cluster)
                        .query("include", "string", "records: how many have ever been written to the topics that you may see")
                        .gives("id", "string").gives("well", "boolean").gives("problems", "array").gives("brokers", "array").gives("topics", "integer")
                        .gives("partitions", "integer"),
                Route.get("/api/v1/brokers", "listBrokers", "The brokers, with what they lead and what is free on their disks", routes::brokers)
                        .gives("brokers", "array"),
                Route.get("/api/v1/brokers/{broker}/configs", "getBrokerConfigs",
                        "The settings of a broker, or of all (the broker 'all'): where each value comes from, and what it means", routes::configs)
                        .query("changed", "boolean", "Only those that differ from the default").gives("configs", "array"),
                Route.of("PATCH", "/api/v1/brokers/{broker}/configs", "changeBrokerConfigs", "Changes settings of a broker, or of all; null takes one back",
                        routes::changeConfigs).takes(new JsonObject().put("log.retention.ms", 604_800_000))
                        .query("dryRun", "boolean", "Only say whether it could be done")
                        .gives("dryRun", "boolean"),
                Route.get("/api/v1/log-dirs", "listLogDirs", "The data directories of all brokers, with the partitions in them", routes::logDirectories)
                        .query("topic", "string", "Only partitions of this topic").gives("directories", "array"),
                Route.get("/api/v1/events", "listEvents",
                        "What happened lately, as this broker saw it, the last first: elections, replicas that fell behind, and why",
                        routes::events).query("limit", "integer", "How many at most (100; at most 500)").gives("events", "array"),
                Route.of("POST", "/api/v1/elections", "electPreferred",
                        "Has partitions led by the first of their replicas again, all of them where none is named",
                        routes::elect).takes(new JsonObject().put("topic", "orders").put("partitions", new JsonArray().add(0))).gives("elected", "array"));
    }

    private JsonArray describedBrokers(Kafka kafka) {
        DescribeClusterResponse response = kafka.here(ApiKey.DESCRIBE_CLUSTER, 1, new DescribeClusterRequest());
        Problem.check(response.errorCode, "the cluster", response.errorMessage);
        JsonArray brokers = new JsonArray();
        response.brokers
                .forEach(one -> brokers.add(new JsonObject().put("broker", one.brokerId).put("host", one.host).put("port", one.port).put("rack", one.rack)
                        .put("asked", one.brokerId == broker.nodeId())));
        return brokers;
    }

    private HttpAnswer cluster(Exchange exchange) {
        Kafka kafka = exchange.kafka();
        List<MetadataResponseTopic> topics = Topics.all(kafka);
        long partitions = 0;
        long leaderless = 0;
        long underReplicated = 0;
        long replicasOf = 0;
        Set<String> without = new HashSet<>();
        Set<Integer> wanted = new HashSet<>();
        for (MetadataResponseTopic topic : topics) {
            for (MetadataResponsePartition partition : topic.partitions) {
                partitions++;
                replicasOf += partition.replicaNodes.size();
                wanted.addAll(partition.replicaNodes);
                if (partition.leaderId < 0) {
                    leaderless++;
                    without.add(topic.name);
                } else if (Topics.isUnderReplicated(partition)) {
                    underReplicated++;
                }
            }
        }
        JsonArray problems = new JsonArray();
        kafka.image().brokers().stream().map(BrokerImage::id).forEach(wanted::remove);
        for (int missing : wanted) {
            problems.add(problem("broker-missing", "Broker " + missing + " is not there, and holds replicas: start it, or see in its log why it stopped.")
                    .put("broker", missing));
        }
        if (leaderless > 0) {
            problems.add(problem("leaderless", (leaderless == 1 ? "A partition has" : leaderless + " partitions have")
                    + " no leader, so nobody writes to or reads from them: a broker that has their records has to come back.").put("count", leaderless)
                    .put("topics", new JsonArray(new ArrayList<>(without.stream().sorted().limit(5).toList()))));
        }
        long unwritable = kafka.image().topics().stream().flatMap(topic -> topic.partitions().stream()).filter(kafka.image()::lacksReplicasToWrite).count();
        if (unwritable > 0) {
            problems.add(problem("unwritable", (unwritable == 1 ? "A partition takes" : unwritable + " partitions take")
                    + " no records with acks=all: fewer of those in sync are there than min.insync.replicas asks for. Start the brokers that are away,"
                    + " or free the disks that are full.")
                    .put("count", unwritable));
        }
        if (underReplicated > 0) {
            problems.add(problem("under-replicated", (underReplicated == 1 ? "A partition has" : underReplicated + " partitions have")
                    + " fewer replicas in sync than replicas: another broker that fails may stop writing to them.").put("count", underReplicated));
        }
        disks(kafka, problems);
        JsonObject cluster = new JsonObject().put("id", broker.clusterId()).put("version", Broker.version()).put("well", problems.isEmpty())
                .put("problems", problems).put("brokers", describedBrokers(kafka)).put("topics", topics.stream().filter(topic -> !topic.isInternal).count())
                .put("partitions", partitions).put("replicas", replicasOf).put("leaderless", leaderless).put("underReplicated", underReplicated)
                .put("connections", broker.connectionCount()).put("atMillis", System.currentTimeMillis());
        if ("records".equals(exchange.request().parameter("include"))) {
            Map<String, List<Integer>> all = new LinkedHashMap<>();
            topics.stream().filter(topic -> !topic.isInternal).forEach(topic -> all.put(topic.name, Topics.partitions(topic)));
            long written = 0;
            for (Map<Integer, Found> offsets : Topics.offsets(kafka, all, Topics.LATEST).values()) {
                written += offsets.values().stream().mapToLong(found -> Math.max(0, found.offset())).sum();
            }
            cluster.put("recordsWritten", written);
        }
        return HttpAnswer.ok(cluster);
    }

    private static JsonObject problem(String kind, String sentence) {
        return new JsonObject().put("kind", kind).put("detail", sentence);
    }

    /** Disks that are nearly full or take nothing; nothing where the caller may not see them. */
    private static void disks(Kafka kafka, JsonArray problems) {
        Topics.logDirectories(kafka, Map.of()).forEach((id, answer) -> {
            for (var directory : answer.results) {
                if (directory.errorCode != ErrorCode.NONE.code()) {
                    problems.add(problem("disk-failed", "The directory " + directory.logDir + " of broker " + id + " takes no writes: its log says why.")
                            .put("broker", id));
                } else if (directory.totalBytes > 0 && directory.usableBytes < directory.totalBytes * FREE_SHARE_MIN) {
                    problems.add(problem("disk-full", "Less than a tenth of the disk below " + directory.logDir + " of broker " + id
                            + " is free: let topics keep less (retention.ms, retention.bytes), or give it a larger disk.").put("broker", id));
                }
            }
        });
    }

    private HttpAnswer brokers(Exchange exchange) {
        Kafka kafka = exchange.kafka();
        Map<Integer, Integer> leads = new LinkedHashMap<>();
        Map<Integer, Integer> holds = new LinkedHashMap<>();
        Map<Integer, Integer> behind = new LinkedHashMap<>();
        Topics.all(kafka).forEach(topic -> topic.partitions.forEach(partition -> {
            leads.merge(partition.leaderId, 1, Integer::sum);
            partition.replicaNodes.forEach(replica -> {
                holds.merge(replica, 1, Integer::sum);
                if (!partition.isrNodes.contains(replica)) {
                    behind.merge(replica, 1, Integer::sum);
                }
            });
        }));
        Map<Integer, DescribeLogDirsResponse> disks = Topics.logDirectories(kafka, null);
        JsonArray brokers = describedBrokers(kafka);
        for (Object each : brokers) {
            JsonObject one = (JsonObject) each;
            int id = one.getInteger("broker");
            one.put("leads", leads.getOrDefault(id, 0)).put("replicas", holds.getOrDefault(id, 0)).put("behind", behind.getOrDefault(id, 0));
            DescribeLogDirsResponse disk = disks.get(id);
            one.put("answers", disk != null);
            if (disk != null) {
                long size = 0;
                JsonArray directories = new JsonArray();
                for (var directory : disk.results) {
                    long bytes = directory.topics.stream().flatMap(topic -> topic.partitions.stream()).mapToLong(partition -> partition.partitionSize).sum();
                    size += bytes;
                    directories.add(new JsonObject().put("path", directory.logDir).put("sizeBytes", bytes)
                            .put("totalBytes", directory.totalBytes < 0 ? null : directory.totalBytes)
                            .put("usableBytes", directory.usableBytes < 0 ? null : directory.usableBytes)
                            .put("error", directory.errorCode == 0 ? null : ErrorCode.forCode(directory.errorCode).name()));
                }
                one.put("sizeBytes", size).put("directories", directories);
            }
        }
        return HttpAnswer.ok(new JsonObject().put("brokers", brokers));
    }

    private String brokerName(Exchange exchange) {
        String name = exchange.path("broker");
        if (name.equals("all")) {
            return "";
        }
        int id = exchange.pathNumber("broker");
        if (broker.image().broker(id) == null) {
            throw Problem.notFound("There is no broker " + id + ": the list of brokers shows those that there are.");
        }
        return Integer.toString(id);
    }

    private HttpAnswer configs(Exchange exchange) {
        String name = brokerName(exchange);
        return HttpAnswer.ok(new JsonObject().put("configs", Configs.json(Configs.of(exchange.kafka(), Configs.BROKER, name, "the settings of a broker"),
                exchange.request().flag("changed"))));
    }

    private HttpAnswer changeConfigs(Exchange exchange) {
        boolean dryRun = exchange.request().flag("dryRun");
        Configs.change(exchange.kafka(), Configs.BROKER, brokerName(exchange), exchange.anyBody(), dryRun, "the settings of a broker");
        return HttpAnswer.ok(new JsonObject().put("dryRun", dryRun));
    }

    private HttpAnswer logDirectories(Exchange exchange) {
        String topic = exchange.request().parameter("topic");
        Map<String, List<Integer>> wanted = topic == null ? null : Map.of(topic, Topics.partitions(Topics.one(exchange.kafka(), topic)));
        JsonArray directories = new JsonArray();
        Topics.logDirectories(exchange.kafka(), wanted).forEach((id, answer) -> {
            Problem.check(answer.errorCode, "the cluster", null);
            for (var directory : answer.results) {
                JsonArray partitions = new JsonArray();
                directory.topics.forEach(one -> one.partitions.forEach(partition -> partitions.add(new JsonObject().put("topic", one.name)
                        .put("partition", partition.partitionIndex).put("sizeBytes", partition.partitionSize).put("offsetLag", partition.offsetLag))));
                directories.add(new JsonObject().put("broker", id).put("path", directory.logDir)
                        .put("totalBytes", directory.totalBytes < 0 ? null : directory.totalBytes)
                        .put("usableBytes", directory.usableBytes < 0 ? null : directory.usableBytes).put("partitions", partitions));
            }
        });
        return HttpAnswer.ok(new JsonObject().put("directories", directories));
    }

    private HttpAnswer events(Exchange exchange) {
        int limit = (int) exchange.request().number("limit", EVENTS_DEFAULT, 1, EVENTS_MAX);
        boolean restricted = !broker.config().value("authorizer.class.name").isEmpty();
        Set<String> visible = new HashSet<>();
        if (restricted) {
            Topics.all(exchange.kafka()).forEach(topic -> visible.add(topic.name));
        }
        JsonArray events = new JsonArray();
        for (ClusterEvent event : broker.events().latest(EVENTS_MAX)) {
            if (events.size() == limit) {
                break;
            }
            if (!restricted || event.topic().isEmpty()) {
                events.add(json(event, event.partitions()));
            } else if (visible.contains(event.topic())) {
                // Of what happened to several topics in one step, those that he may see.
                events.add(json(event, event.partitions().stream().filter(name -> visible.contains(topicOf(event, name))).toList()));
            }
        }
        return HttpAnswer.ok(new JsonObject().put("events", events).put("broker", broker.nodeId()));
    }

    private static String topicOf(ClusterEvent event, String partition) {
        boolean isTopic = event.kind() == ClusterEvent.Kind.TOPIC_CREATED || event.kind() == ClusterEvent.Kind.TOPIC_DELETED;
        return isTopic ? partition : partition.substring(0, partition.lastIndexOf('-'));
    }

    private static JsonObject json(ClusterEvent event, List<String> partitions) {
        return new JsonObject().put("sequence", event.sequence()).put("at", Instant.ofEpochMilli(event.atMillis()).toString())
                .put("kind", event.kind().name().toLowerCase(java.util.Locale.ROOT)).put("cause", event.cause().name().toLowerCase(java.util.Locale.ROOT))
                .put("partitions", new JsonArray(new ArrayList<>(partitions))).put("count", event.count()).put("from", event.from() < 0 ? null : event.from())
                .put("to", event.to() < 0 ? null : event.to()).put("leaderlessMillis", event.leaderlessMillis() < 0 ? null : event.leaderlessMillis());
    }

    private HttpAnswer elect(Exchange exchange) {
        JsonObject body = exchange.body("topic", "partitions");
        var request = new ElectLeadersRequest();
        request.electionType = 0;
        String topic = Body.optional(body, "topic");
        if (topic == null) {
            request.topicPartitions = null;
        } else {
            var one = new ElectLeadersRequest.TopicPartitions();
            one.topic = topic;
            List<Integer> named = Body.integers(body, "partitions");
            one.partitions.addAll(named.isEmpty() ? Topics.partitions(Topics.one(exchange.kafka(), topic)) : named);
            request.topicPartitions.add(one);
        }
        ElectLeadersResponse response = exchange.kafka().here(ApiKey.ELECT_LEADERS, 2, request);
        Problem.check(response.errorCode, "the cluster", null);
        JsonArray elected = new JsonArray();
        response.replicaElectionResults.forEach(one -> one.partitionResult.forEach(partition -> elected.add(new JsonObject().put("topic", one.topic)
                .put("partition", partition.partitionId)
                .put("outcome", partition.errorCode == 0 ? "elected" : ErrorCode.forCode(partition.errorCode).name().toLowerCase(java.util.Locale.ROOT)))));
        return HttpAnswer.ok(new JsonObject().put("elected", elected));
    }
}
