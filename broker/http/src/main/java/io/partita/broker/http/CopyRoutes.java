package io.partita.broker.http;

import io.partita.broker.http.Topics.Found;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Records that are written once more: to another topic, or from a dead-letter topic back to where they come from. So many with one request; the answer says where to go on. */
final class CopyRoutes {

    private static final int LIMIT_DEFAULT = 500;
    private static final int LIMIT_MAX = 5_000;
    /** Those that are named are read one by one. */
    private static final int LETTERS_MAX = 500;
    private static final int READ_WAIT_MILLIS = 100;
    private static final int SEARCHED_BYTES_MAX = 32 * 1024 * 1024;
    private static final int IDLE_ROUNDS_MAX = 5;
    private static final short ACKS_ALL = -1;

    private CopyRoutes() {}

    static List<Route> all(Bounds bounds, RecordViews views) {
        return List.of(
                Route.of("POST", "/api/v1/topics/{topic}/replays", "replay",
                        "Writes records of a topic to another one, with keys, values, headers and times as they are; a partition's to the one of the same number where there is one,"
                                + " else as their keys decide. Of transactions, what was committed. next says where to go on (offsets)",
                        exchange -> bounds.reading(() -> replay(exchange, views)))
                        .takes(new JsonObject().put("to", "orders-again").put("from", "PT1H").put("contains", "tea").put("filter", "value.amount > 10")
                                .put("limit", 500))
                        .query("dryRun", "boolean", "Only say how many it would be")
                        .gives("dryRun", "boolean").gives("copied", "integer").gives("next", "string").gives("complete", "boolean").gives("problems", "array"),
                Route.of("POST", "/api/v1/topics/{topic}/redrives", "redrive",
                        "Sends records of a dead-letter topic back to the topic and partition that they come from, or to another topic by their keys. What has no copy of its record is told in"
                                + " problems. The dead letters stay: truncate their topic when all is well",
                        exchange -> bounds.reading(() -> redrive(exchange)))
                        .takes(new JsonObject().put("records", new JsonArray().add("0:0")).put("limit", 100))
                        .query("dryRun", "boolean", "Only say what would be sent where")
                        .gives("dryRun", "boolean").gives("redriven", "array").gives("problems", "array").gives("next", "string").gives("complete", "boolean"));
    }

    // ---- to another topic

    private static HttpAnswer replay(Exchange exchange, RecordViews views) {
        Kafka kafka = exchange.kafka();
        JsonObject body = exchange.body("to", "from", "offsets", "contains", "filter", "limit");
        MetadataResponseTopic source = Topics.one(kafka, exchange.path("topic"));
        MetadataResponseTopic target = Topics.one(kafka, Body.string(body, "to"));
        if (target.name.equals(source.name)) {
            throw Problem.badRequest("The records would be replayed to the topic that they are in, behind themselves: name another one in \"to\".");
        }
        boolean dryRun = exchange.request().flag("dryRun");
        int limit = (int) Body.number(body, "limit", LIMIT_DEFAULT, 1, LIMIT_MAX);
        Wanted wanted = Wanted.of(source.name, Body.optional(body, "contains"), Body.optional(body, "filter"));
        // What is looked for is what people see, so that nobody finds by asking what is hidden from them.
        UnaryOperator<Consumed> view = views.decoded(source.name);
        Run run = new Run(kafka, source, from(kafka, source, body));
        JsonArray problems = new JsonArray();
        int copied = 0;
        while (copied < limit && problems.isEmpty() && run.read()) {
            List<Consumed> records = run.some(record -> wanted == null || wanted.test(view.apply(record)), limit - copied);
            if (dryRun) {
                copied += records.size();
            } else if (!records.isEmpty()) {
                copied += written(kafka, target, records.stream().map(one -> new NewRecord(one.key(), one.value(), one.headers(), one.timestamp(),
                        one.partition() < target.partitions.size() ? one.partition() : -1)).toList(), problems);
            }
            if (problems.isEmpty()) {
                run.done();
            }
        }
        return HttpAnswer.ok(new JsonObject().put("dryRun", dryRun).put("copied", copied).put("next", run.nextText())
                .put("complete", problems.isEmpty() && run.isComplete()).put("problems", problems));
    }

    /** Returns how many were; the others are in {@code problems}. */
    private static int written(Kafka kafka, MetadataResponseTopic target, List<NewRecord> records, JsonArray problems) {
        int count = 0;
        for (JsonObject told : RecordWriter.write(kafka, target, records, ACKS_ALL).told()) {
            if (told.containsKey("offset")) {
                count++;
            } else {
                problems.add(told.getJsonObject("problem"));
            }
        }
        return count;
    }

    private static Map<Integer, Long> from(Kafka kafka, MetadataResponseTopic source, JsonObject body) {
        Map<String, List<Integer>> partitions = Map.of(source.name, Topics.partitions(source));
        Map<Integer, Found> starts = Topics.offsets(kafka, partitions, Topics.EARLIEST).getOrDefault(source.name, Map.of());
        Map<Integer, Long> from = new TreeMap<>();
        String offsets = Body.optional(body, "offsets");
        if (offsets != null) {
            RecordRoutes.offsets(offsets).forEach((partition, offset) -> {
                if (starts.containsKey(partition)) {
                    from.put(partition, Math.max(starts.get(partition).offset(), offset));
                }
            });
            return from;
        }
        String at = Body.optional(body, "from");
        if (at == null || at.equals("earliest")) {
            starts.forEach((partition, start) -> from.put(partition, start.offset()));
            return from;
        }
        Topics.offsets(kafka, partitions, TopicRoutes.time(at, null)).getOrDefault(source.name, Map.of()).forEach((partition, found) -> {
            if (found.offset() >= 0) {
                from.put(partition, found.offset());
            }
        });
        return from;
    }

    // ---- back to where they come from

    private static HttpAnswer redrive(Exchange exchange) {
        Kafka kafka = exchange.kafka();
        JsonObject body = exchange.body("records", "from", "offsets", "to", "limit");
        MetadataResponseTopic letters = Topics.one(kafka, exchange.path("topic"));
        String to = Body.optional(body, "to");
        boolean dryRun = exchange.request().flag("dryRun");
        int limit = (int) Body.number(body, "limit", LETTERS_MAX, 1, LETTERS_MAX);
        List<String> named = Body.strings(body, "records");
        var redriving = new Redriving(kafka, letters, to, dryRun);
        Run run = new Run(kafka, letters, named.isEmpty() ? from(kafka, letters, body) : Map.of());
        if (named.isEmpty()) {
            int count = 0;
            while (count < limit && redriving.isWell() && run.read()) {
                List<Consumed> records = run.some(record -> true, limit - count);
                count += records.size();
                redriving.send(records);
                if (redriving.isWell()) {
                    run.done();
                }
            }
        } else {
            List<Consumed> records = new ArrayList<>();
            for (String place : named) {
                TreeMap<Integer, Long> one = RecordRoutes.offsets(place);
                one.forEach((partition, offset) -> records.add(recordAt(kafka, letters.name, partition, offset)));
                if (records.size() > limit) {
                    throw Problem.badRequest("At most " + limit + " records are sent back with one request.");
                }
            }
            redriving.send(records);
        }
        return HttpAnswer.ok(redriving.told().put("next", run.nextText()).put("complete", redriving.isWell() && run.isComplete()));
    }

    /** @throws Problem when there is none */
    private static Consumed recordAt(Kafka kafka, String topic, int partition, long offset) {
        kafka.leader(topic, partition);
        List<Consumed> found;
        try {
            found = new TopicReader(kafka, topic, Map.of(partition, offset), false).round(READ_WAIT_MILLIS);
        } catch (Problem problem) {
            if (problem.error() != ErrorCode.OFFSET_OUT_OF_RANGE) {
                throw problem;
            }
            found = List.of();
        }
        return found.stream().filter(record -> record.offset() == offset).findFirst().orElseThrow(
                () -> Problem.notFound("There is no record at offset " + offset + " of " + topic + "-" + partition + " any more."));
    }

    /** Dead letters on their way. */
    private static final class Redriving {

        private final Kafka kafka;
        private final MetadataResponseTopic letters;
        /** Null for where each comes from. */
        private final String to;
        private final boolean dryRun;
        private final Map<String, MetadataResponseTopic> targets = new HashMap<>();
        private final JsonArray redriven = new JsonArray();
        private final JsonArray problems = new JsonArray();
        private boolean isWell = true;

        Redriving(Kafka kafka, MetadataResponseTopic letters, String to, boolean dryRun) {
            this.kafka = kafka;
            this.letters = letters;
            this.to = to;
            this.dryRun = dryRun;
        }

        /** Whether what was to be written was. Letters that cannot be sent back at all do not stop the others. */
        boolean isWell() {
            return isWell;
        }

        JsonObject told() {
            return new JsonObject().put("dryRun", dryRun).put("redriven", redriven).put("problems", problems);
        }

        void send(List<Consumed> records) {
            Map<String, List<Consumed>> byTarget = new LinkedHashMap<>();
            Map<String, List<NewRecord>> news = new HashMap<>();
            for (Consumed record : records) {
                try {
                    DeadLetter letter = DeadLetter.of(record.headers());
                    if (letter == null) {
                        throw Problem.of(422, "It has none of the headers that say of a dead letter where it comes from.");
                    }
                    if (record.key() == null && record.value() == null) {
                        throw Problem.of(422, "It has no copy of its record (errors.deadletterqueue.copy.record.enable of the group).");
                    }
                    MetadataResponseTopic target = target(to == null ? letter.topic() : to);
                    news.computeIfAbsent(target.name, name -> new ArrayList<>()).add(sentBack(record, letter, target));
                    byTarget.computeIfAbsent(target.name, name -> new ArrayList<>()).add(record);
                } catch (Problem problem) {
                    problems.add(problem.json().put("partition", record.partition()).put("offset", record.offset()));
                }
            }
            byTarget.forEach((target, of) -> write(targets.get(target), of, news.get(target)));
        }

        private MetadataResponseTopic target(String name) {
            MetadataResponseTopic known = targets.get(name);
            if (known == null) {
                if (name.equals(letters.name)) {
                    throw Problem.of(422, "It would come to the topic that it is in.");
                }
                known = Topics.one(kafka, name);
                targets.put(name, known);
            }
            return known;
        }

        private NewRecord sentBack(Consumed record, DeadLetter letter, MetadataResponseTopic target) {
            int partition = to == null && letter.partition() < target.partitions.size() ? letter.partition() : -1;
            return new NewRecord(record.key(), record.value(), DeadLetter.own(record.headers()), -1, partition);
        }

        private void write(MetadataResponseTopic target, List<Consumed> records, List<NewRecord> news) {
            JsonObject[] told = dryRun ? null : RecordWriter.write(kafka, target, news, ACKS_ALL).told();
            for (int i = 0; i < records.size(); i++) {
                JsonObject one = new JsonObject().put("partition", records.get(i).partition()).put("offset", records.get(i).offset());
                if (told != null && told[i].containsKey("problem")) {
                    problems.add(told[i].getJsonObject("problem").mergeIn(one));
                    isWell = false;
                } else {
                    JsonObject where = new JsonObject().put("topic", target.name);
                    redriven.add(one.put("to",
                            told == null ? where.put("partition", news.get(i).partition() < 0 ? null : news.get(i).partition()) : where.mergeIn(told[i])));
                }
            }
        }
    }

    /** Reads a topic from some offsets to where it ended when this was made, a round at a time; knows how far what was read is done with. */
    private static final class Run {

        private final TopicReader reader;
        private final Map<Integer, Found> ends;
        /** Behind what is done with. */
        private final TreeMap<Integer, Long> next;
        private List<Consumed> round = List.of();
        /** Where it goes on when what was taken last is done with. */
        private Map<Integer, Long> then = Map.of();
        private long bytes;

        Run(Kafka kafka, MetadataResponseTopic topic, Map<Integer, Long> from) {
            this.reader = new TopicReader(kafka, topic.name, from, true);
            this.ends = from.isEmpty()
                    ? Map.of()
                    : Topics.offsets(kafka, Map.of(topic.name, Topics.partitions(topic)), Topics.LATEST).getOrDefault(topic.name, Map.of());
            this.next = new TreeMap<>(from);
        }

        /** Reads on. Returns false when there is no more, or it has been enough for one request. */
        boolean read() {
            int idle = 0;
            finish();
            while (!reader.active().isEmpty() && bytes < SEARCHED_BYTES_MAX && idle < IDLE_ROUNDS_MAX) {
                round = new ArrayList<>(reader.round(READ_WAIT_MILLIS));
                bytes += reader.roundBytes();
                idle = reader.roundBytes() == 0 ? idle + 1 : 0;
                round.removeIf(record -> !ends.containsKey(record.partition()) || record.offset() >= ends.get(record.partition()).offset());
                then = new TreeMap<>(reader.next());
                finish();
                if (!round.isEmpty()) {
                    return true;
                }
                next.putAll(then);
            }
            return false;
        }

        private void finish() {
            for (int partition : List.copyOf(reader.active())) {
                Found end = ends.get(partition);
                if (end == null || reader.next().get(partition) >= end.offset() || reader.isAtEnd(partition)) {
                    reader.finish(partition);
                }
            }
        }

        /** Those of what was read that are wanted, so many at most. */
        List<Consumed> some(Predicate<Consumed> wanted, int max) {
            List<Consumed> chosen = new ArrayList<>();
            for (Consumed record : round) {
                if (wanted.test(record)) {
                    if (chosen.size() == max) {
                        // Each partition goes on with its first record that was not looked at.
                        then.merge(record.partition(), record.offset(), Math::min);
                        continue;
                    }
                    chosen.add(record);
                }
            }
            return chosen;
        }

        void done() {
            next.putAll(then);
        }

        boolean isComplete() {
            return next.entrySet().stream().allMatch(one -> !ends.containsKey(one.getKey()) || one.getValue() >= ends.get(one.getKey()).offset()
                    || reader.isAtEnd(one.getKey()) && one.getValue() >= reader.next().get(one.getKey()));
        }

        String nextText() {
            StringBuilder text = new StringBuilder();
            next.forEach((partition, offset) -> text.append(text.isEmpty() ? "" : ",").append(partition).append(':').append(offset));
            return text.toString();
        }
    }
}
