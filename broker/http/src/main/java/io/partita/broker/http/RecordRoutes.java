package io.partita.broker.http;

import io.partita.broker.http.HttpAnswer.Sink;
import io.partita.broker.http.Topics.Found;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.partita.broker.record.RecordHeader;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Records: to write, to look at, and to follow as they come. */
final class RecordRoutes {

    private static final int LIMIT_DEFAULT = 50;
    private static final int LIMIT_MAX = 1_000;
    private static final int VALUE_BYTES_DEFAULT = 64 * 1024;
    private static final int VALUE_BYTES_MAX = 16 * 1024 * 1024;
    /** What a search looks at before it says how far it came. */
    private static final int SEARCHED_MAX = 50_000;
    private static final int SEARCHED_BYTES_MAX = 32 * 1024 * 1024;
    /** What one answer gives. */
    private static final int GIVEN_BYTES_MAX = 8 * 1024 * 1024;
    private static final int READ_WAIT_MILLIS = 100;
    private static final int IDLE_ROUNDS_MAX = 5;
    /** So often nothing may come while leaders change, before an export ends without its end. */
    private static final int EXPORT_IDLE_ROUNDS_MAX = 300;
    /** Of the newest records so many times as many as are wanted are kept until they are put in order. */
    private static final int KEPT_FACTOR = 4;
    private static final Comparator<Consumed> ORDER = Comparator.comparingLong(Consumed::timestamp).thenComparingInt(Consumed::partition)
            .thenComparingLong(Consumed::offset);
    /** How often it is looked whether there is more for those who follow a topic: a Fetch that waits would have all of them given a batch at once. */
    static final int TAIL_LOOK_MILLIS = 200;
    /** So that a reader who is gone is noticed, and whatever stands between does not take silence for the end. */
    static final long TAIL_SIGN_MILLIS = 10_000;
    private static final int RECORDS_MAX = 10_000;
    /** A JSON object a line. */
    private static final String LINES = "application/x-ndjson";

    private RecordRoutes() {}

    static List<Route> all(Bounds bounds, IdempotencyKeys keys, RecordViews views) {
        JsonObject record = new JsonObject().put("key", "42").put("value", new JsonObject().put("item", "tea")).put("headers",
                new JsonObject().put("source", "web"));
        return List.of(
                Route.of("POST", "/api/v1/topics/{topic}/records", "produce",
                        "Writes records: one, or several as {\"records\": […]}. A key or value is a string, any other JSON, or Base64 as keyBase64, valueBase64."
                                + " As application/x-ndjson one a line, as exportRecords gives them. With another Content-Type the body is the value of one record",
                        exchange -> keys.once(exchange, RecordRoutes::produce)).takes(record).takesRaw()
                        .header("Idempotency-Key", "Sent again with the same key within ten minutes to the same broker, the request is not carried out again")
                        .query("partition", "integer", "Where to write; else the key decides, as with Kafka's own producers")
                        .query("key", "string", "The key, where the body is the value").query("header", "string", "A header as name:value; may be repeated")
                        .query("acks", "string", "all (the default), or 1: do not wait for the replicas")
                        .answers(201, "Where the records are").gives("records", "array"),
                Route.get("/api/v1/topics/{topic}/records", "browse", "Records: the newest, or from somewhere on",
                        exchange -> bounds.reading(() -> browse(exchange, views)))
                        .query("from", "string",
                                "newest (the default), earliest, a time as 2026-11-30T12:00:00Z or milliseconds since 1970, or how long ago as PT10M")
                        .query("partition", "integer", "Only of this partition").query("offset", "integer", "From this offset on, of one partition")
                        .query("offsets", "string", "From these on, as partition:offset, separated by commas: next of the answer before")
                        .query("contains", "string", Wanted.CONTAINS).query("filter", "string", Wanted.FILTER)
                        .query("limit", "integer", "How many at most (50; at most 1000)")
                        .query("valueBytes", "integer", "How much of each value is shown (65536); valueCut says that there is more")
                        .query("format", "string", RecordViews.FORMAT)
                        .query("isolation", "string", "committed (the default), or uncommitted: also of transactions that are open or were aborted")
                        .gives("records", "array").gives("next", "string").gives("scanned", "integer"),
                Route.get("/api/v1/topics/{topic}/partitions/{partition}/records/{offset}/value", "getValue", "The value of a record as it is",
                        exchange -> bounds.reading(() -> value(exchange, views))).query("format", "string", "raw (the default), or decoded")
                        .answersAs("application/octet-stream"),
                Route.get("/api/v1/topics/{topic}/export", "exportRecords",
                        "All records that there are when it is asked for, one a line, in the order of each partition: a file that POST …/records takes",
                        exchange -> export(exchange, bounds, views))
                        .query("from", "string", "earliest (the default), a time, or how long ago as PT10M")
                        .query("partition", "integer", "Only of this partition")
                        .query("contains", "string", "Only those with this text in key, value or a header")
                        .query("filter", "string", Wanted.FILTER).query("isolation", "string", "committed (the default), or uncommitted").answersAs(LINES),
                Route.get("/api/v1/topics/{topic}/tail", "tail", "Records as they come, as server-sent events", exchange -> tail(exchange, bounds, views))
                        .query("from", "string", "latest (the default), earliest, a time, or how long ago as PT10M")
                        .query("partition", "integer", "Only of this partition")
                        .query("contains", "string", "Only those with this text in key, value or a header").query("filter", "string", Wanted.FILTER)
                        .query("valueBytes", "integer", "How much of each value is given (65536)").query("format", "string", RecordViews.FORMAT)
                        .query("isolation", "string", "committed (the default), or uncommitted")
                        .answersAs("text/event-stream"));
    }

    // ---- writing

    private static HttpAnswer produce(Exchange exchange) {
        Kafka kafka = exchange.kafka();
        MetadataResponseTopic topic = Topics.one(kafka, exchange.path("topic"));
        List<NewRecord> records = exchange.isJson() ? parsed(exchange) : isLines(exchange.request()) ? lines(exchange) : List.of(raw(exchange.request()));
        RecordWriter.Written written = RecordWriter.write(kafka, topic, records, acks(exchange.request()));
        return produced(written.told(), written.throttledMillis());
    }

    static short acks(HttpRequest request) {
        return switch (request.parameter("acks")) {
            case null -> -1;
            case "all", "-1" -> -1;
            case "1" -> 1;
            default -> throw Problem.badRequest("The parameter acks is all or 1.");
        };
    }

    private static HttpAnswer produced(JsonObject[] told, int throttled) {
        JsonObject failed = null;
        boolean someWritten = false;
        for (JsonObject one : told) {
            failed = failed == null ? one.getJsonObject("problem") : failed;
            someWritten |= one.containsKey("offset");
        }
        JsonArray all = new JsonArray();
        for (JsonObject one : told) {
            all.add(one);
        }
        if (failed != null && !someWritten) {
            JsonObject problem = failed.copy().put("records", all);
            return new HttpAnswer.Whole(problem.getInteger("status"), Map.of("content-type", "application/problem+json"),
                    problem.encode().getBytes(StandardCharsets.UTF_8));
        }
        HttpAnswer.Whole answer = HttpAnswer.json(failed == null ? 201 : 207, new JsonObject().put("records", all));
        return throttled == 0 ? answer : answer.with("retry-after", Integer.toString(throttled / 1_000 + 1));
    }

    private static boolean isLines(HttpRequest request) {
        String type = request.header("content-type");
        return type != null && type.startsWith(LINES);
    }

    private static NewRecord raw(HttpRequest request) {
        String key = request.parameter("key");
        List<RecordHeader> headers = new ArrayList<>();
        for (String header : request.parameters("header")) {
            int colon = header.indexOf(':');
            if (colon < 1) {
                throw Problem.badRequest("The parameter header is name:value, not '" + header + "'.");
            }
            headers.add(new RecordHeader(header.substring(0, colon), header.substring(colon + 1).getBytes(StandardCharsets.UTF_8)));
        }
        return new NewRecord(key == null ? null : key.getBytes(StandardCharsets.UTF_8), request.body(), headers, -1,
                (int) request.number("partition", -1, 0, Integer.MAX_VALUE));
    }

    private static List<NewRecord> parsed(Exchange exchange) {
        JsonObject body = exchange.anyBody();
        if (body.containsKey("records")) {
            Body.only(body, "records");
        }
        return parsed(exchange, body.containsKey("records") ? Body.objects(body, "records") : List.of(body));
    }

    /** A record a line, as {@code export} gives them. */
    private static List<NewRecord> lines(Exchange exchange) {
        List<JsonObject> all = new ArrayList<>();
        for (String line : new String(exchange.request().body(), StandardCharsets.UTF_8).split("\n")) {
            if (!line.isBlank()) {
                if (all.size() == RECORDS_MAX) {
                    throw Problem.badRequest("Send 1 to " + RECORDS_MAX + " records at once.");
                }
                try {
                    JsonObject record = new JsonObject(line);
                    // Where it was, and how much of it that is.
                    record.remove("offset");
                    record.remove("valueBytes");
                    all.add(record);
                } catch (DecodeException | ClassCastException e) {
                    throw Problem.badRequest("Line " + (all.size() + 1) + " is no JSON object.");
                }
            }
        }
        return parsed(exchange, all);
    }

    private static List<NewRecord> parsed(Exchange exchange, List<JsonObject> all) {
        return records(all, (int) exchange.request().number("partition", -1, 0, Integer.MAX_VALUE));
    }

    /** Records as they are written in JSON. @param otherwise the partition of those that name none; −1 for none */
    static List<NewRecord> records(List<JsonObject> all, int otherwise) {
        if (all.isEmpty() || all.size() > RECORDS_MAX) {
            throw Problem.badRequest("Send 1 to " + RECORDS_MAX + " records at once.");
        }
        List<NewRecord> records = new ArrayList<>(all.size());
        for (JsonObject one : all) {
            Body.only(one, "key", "keyBase64", "value", "valueBase64", "headers", "timestamp", "partition");
            List<RecordHeader> headers = new ArrayList<>();
            if (one.getValue("headers") instanceof JsonArray) {
                // In their order, and with names that come twice.
                Body.objects(one, "headers").forEach(header -> headers.add(new RecordHeader(Body.string(header, "key"), bytes(header, "value"))));
            } else {
                for (Map.Entry<String, Object> header : Body.object(one, "headers")) {
                    headers.add(new RecordHeader(header.getKey(), bytes(header.getValue())));
                }
            }
            records.add(new NewRecord(bytes(one, "key"), bytes(one, "value"), headers, Body.number(one, "timestamp", -1, 0, Long.MAX_VALUE),
                    (int) Body.number(one, "partition", otherwise, 0, Integer.MAX_VALUE)));
        }
        return records;
    }

    private static byte[] bytes(JsonObject record, String name) {
        String base64 = Body.optional(record, name + "Base64");
        if (base64 == null) {
            return bytes(record.getValue(name));
        }
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest("The field " + name + "Base64 is no Base64.");
        }
    }

    private static byte[] bytes(Object value) {
        return value == null ? null : (value instanceof String text ? text : io.vertx.core.json.Json.encode(value)).getBytes(StandardCharsets.UTF_8);
    }

    // ---- looking

    private static boolean committed(HttpRequest request) {
        return switch (request.parameter("isolation")) {
            case null -> true;
            case "committed" -> true;
            case "uncommitted" -> false;
            default -> throw Problem.badRequest("The parameter isolation is committed or uncommitted.");
        };
    }

    private static List<Integer> partitions(Exchange exchange, MetadataResponseTopic topic) {
        long partition = exchange.request().number("partition", -1, 0, Integer.MAX_VALUE);
        if (partition < 0) {
            return Topics.partitions(topic);
        }
        exchange.kafka().leader(topic.name, (int) partition);
        return List.of((int) partition);
    }

    private static HttpAnswer browse(Exchange exchange, RecordViews views) {
        Kafka kafka = exchange.kafka();
        HttpRequest request = exchange.request();
        MetadataResponseTopic topic = Topics.one(kafka, exchange.path("topic"));
        int limit = (int) request.number("limit", LIMIT_DEFAULT, 1, LIMIT_MAX);
        Wanted wanted = Wanted.of(topic.name, request.parameter("contains"), request.parameter("filter"));
        Map<String, List<Integer>> partitions = Map.of(topic.name, partitions(exchange, topic));
        Map<Integer, Found> starts = Topics.offsets(kafka, partitions, Topics.EARLIEST).getOrDefault(topic.name, Map.of());
        Map<Integer, Found> ends = Topics.offsets(kafka, partitions, Topics.LATEST).getOrDefault(topic.name, Map.of());
        Map<Integer, Long> from = new TreeMap<>();
        boolean newest = from(exchange, topic, starts, ends, wanted == null ? limit : SEARCHED_MAX / Math.max(1, starts.size()), from);
        var reader = new TopicReader(kafka, topic.name, from, committed(request)).shown(views.of(topic.name, request, true));
        List<Consumed> found = new ArrayList<>();
        int scanned = read(reader, ends, found, wanted, newest ? Integer.MAX_VALUE : limit, newest ? limit : Integer.MAX_VALUE);
        found.sort(newest ? ORDER.reversed() : ORDER);
        Map<Integer, Long> next = new TreeMap<>(reader.next());
        return HttpAnswer.ok(given(found, limit, newest, next, (int) request.number("valueBytes", VALUE_BYTES_DEFAULT, 0, VALUE_BYTES_MAX))
                .put("scanned", scanned).put("complete", reader.active().isEmpty()));
    }

    /** The records to give, and from where the rest goes on. */
    private static JsonObject given(List<Consumed> found, int limit, boolean newest, Map<Integer, Long> next, int valueBytes) {
        JsonArray records = new JsonArray();
        long bytes = 0;
        for (int i = 0; i < found.size(); i++) {
            Consumed one = found.get(i);
            int size = one.value() == null ? 0 : Math.min(valueBytes, one.value().length);
            if (i >= limit || bytes + size > GIVEN_BYTES_MAX && i > 0) {
                if (!newest) {
                    // They come again: nothing is passed over.
                    next.merge(one.partition(), one.offset(), Math::min);
                }
                continue;
            }
            bytes += size;
            records.add(one.json(valueBytes));
        }
        StringBuilder text = new StringBuilder();
        next.forEach((partition, offset) -> text.append(text.isEmpty() ? "" : ",").append(partition).append(':').append(offset));
        return new JsonObject().put("records", records).put("next", text.toString());
    }

    /** Reads until there is enough, of the records that were there when it began. Returns how many were looked at. */
    private static int read(TopicReader reader, Map<Integer, Found> ends, List<Consumed> found, Wanted wanted, int enough, int newest) {
        int scanned = 0;
        long bytes = 0;
        int idle = 0;
        Map<Integer, Integer> counts = new TreeMap<>();
        finishRead(reader, ends);
        while (!reader.active().isEmpty() && scanned < SEARCHED_MAX && bytes < SEARCHED_BYTES_MAX && idle < IDLE_ROUNDS_MAX) {
            List<Consumed> records = reader.round(READ_WAIT_MILLIS);
            bytes += reader.roundBytes();
            idle = reader.roundBytes() == 0 ? idle + 1 : 0;
            for (Consumed record : records) {
                Found end = ends.get(record.partition());
                if (end != null && record.offset() < end.offset()) {
                    scanned++;
                    if (wanted == null || wanted.test(record)) {
                        found.add(record);
                        counts.merge(record.partition(), 1, Integer::sum);
                    }
                }
            }
            finishRead(reader, ends);
            if (found.size() / KEPT_FACTOR > newest) {
                found.sort(ORDER.reversed());
                found.subList(newest, found.size()).clear();
            }
            if (wanted == null ? reader.active().stream().allMatch(partition -> counts.getOrDefault(partition, 0) >= enough) : found.size() >= enough) {
                break;
            }
        }
        return scanned;
    }

    private static void finishRead(TopicReader reader, Map<Integer, Found> ends) {
        for (int partition : List.copyOf(reader.active())) {
            Found end = ends.get(partition);
            if (end == null || reader.next().get(partition) >= end.offset() || reader.isAtEnd(partition)) {
                reader.finish(partition);
            }
        }
    }

    /** From where to read. Returns whether the newest records are wanted, which come first then. */
    private static boolean from(
            Exchange exchange, MetadataResponseTopic topic, Map<Integer, Found> starts, Map<Integer, Found> ends, int back, Map<Integer, Long> from) {
        HttpRequest request = exchange.request();
        String offsets = request.parameter("offsets");
        if (offsets != null) {
            offsets(offsets).forEach((partition, offset) -> {
                if (starts.containsKey(partition)) {
                    from.put(partition, Math.max(starts.get(partition).offset(), offset));
                }
            });
            return false;
        }
        if (request.parameter("offset") != null) {
            if (starts.size() != 1) {
                throw Problem.badRequest("An offset is one of a partition: give the parameter partition, too.");
            }
            long offset = request.number("offset", 0, 0, Long.MAX_VALUE);
            starts.forEach((partition, start) -> from.put(partition, Math.max(start.offset(), offset)));
            return false;
        }
        String at = request.parameter("from");
        if (at == null || at.equals("newest") || at.equals("latest")) {
            starts.forEach((partition, start) -> from.put(partition,
                    Math.max(start.offset(), ends.getOrDefault(partition, start).offset() - back)));
            return true;
        }
        Map<Integer, Found> found = Topics.offsets(exchange.kafka(), Map.of(topic.name, starts.keySet()), TopicRoutes.time(at, null))
                .getOrDefault(topic.name, Map.of());
        starts.forEach((partition, start) -> {
            Found of = found.get(partition);
            from.put(partition, of == null || of.offset() < 0 ? ends.getOrDefault(partition, start).offset() : of.offset());
        });
        return false;
    }

    /** Offsets by partition. */
    static TreeMap<Integer, Long> offsets(String text) {
        TreeMap<Integer, Long> offsets = new TreeMap<>();
        for (String one : text.split(",")) {
            int colon = one.indexOf(':');
            try {
                offsets.put(Integer.parseInt(one.substring(0, Math.max(0, colon))), Long.parseLong(one.substring(colon + 1)));
            } catch (NumberFormatException e) {
                throw Problem.badRequest("Offsets are partition:offset, separated by commas, not '" + text + "'.");
            }
        }
        return offsets;
    }

    private static HttpAnswer value(Exchange exchange, RecordViews views) {
        int partition = exchange.pathNumber("partition");
        String topic = exchange.path("topic");
        long offset;
        try {
            offset = Long.parseLong(exchange.path("offset"));
        } catch (NumberFormatException e) {
            throw Problem.badRequest("The offset in the path is a number, not '" + exchange.path("offset") + "'.");
        }
        exchange.kafka().leader(topic, partition);
        var reader = new TopicReader(exchange.kafka(), topic, Map.of(partition, offset), committed(exchange.request()))
                .shown(views.of(topic, exchange.request(), false));
        List<Consumed> records;
        try {
            records = reader.round(READ_WAIT_MILLIS);
        } catch (Problem problem) {
            if (problem.error() != ErrorCode.OFFSET_OUT_OF_RANGE) {
                throw problem;
            }
            records = List.of();
        }
        for (Consumed record : records) {
            if (record.offset() == offset && record.value() != null) {
                Map<String, String> headers = new LinkedHashMap<>();
                headers.put("content-type", "application/octet-stream");
                headers.put("content-disposition", "attachment; filename=\"" + partition + "-" + offset + ".bin\"");
                return new HttpAnswer.Whole(200, headers, record.value());
            }
        }
        throw Problem.notFound(
                "There is no record with a value at offset " + offset + " of partition " + partition + ": it may be compacted, deleted, or not written yet.");
    }

    private static HttpAnswer export(Exchange exchange, Bounds bounds, RecordViews views) {
        Kafka kafka = exchange.kafka();
        HttpRequest request = exchange.request();
        MetadataResponseTopic topic = Topics.one(kafka, exchange.path("topic"));
        Map<String, List<Integer>> partitions = Map.of(topic.name, partitions(exchange, topic));
        Wanted wanted = Wanted.of(topic.name, request.parameter("contains"), request.parameter("filter"));
        Map<Integer, Found> ends = Topics.offsets(kafka, partitions, Topics.LATEST).getOrDefault(topic.name, Map.of());
        String at = request.parameter("from");
        Map<Integer, Long> from = new TreeMap<>();
        Topics.offsets(kafka, partitions, at == null || at.equals("earliest") ? Topics.EARLIEST : TopicRoutes.time(at, null))
                .getOrDefault(topic.name, Map.of()).forEach((partition, found) -> {
                    if (found.offset() >= 0) {
                        from.put(partition, found.offset());
                    }
                });
        var reader = new TopicReader(kafka, topic.name, from, committed(request)).inSmallRounds();
        UnaryOperator<Consumed> raw = views.raw(topic.name);
        Predicate<Consumed> any = record -> true;
        UnaryOperator<Consumed> decoded = views.decoded(topic.name);
        // What a file has can be written again; what is looked for is what people see.
        Predicate<Consumed> found = wanted == null ? any : record -> wanted.test(decoded.apply(record));
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("content-type", LINES);
        headers.put("content-disposition", "attachment; filename=\"" + topic.name + ".ndjson\"");
        return new HttpAnswer.Stream(200, headers, sink -> export(reader, ends, sink, found, raw, bounds));
    }

    private static void export(
            TopicReader reader, Map<Integer, Found> ends, Sink sink, Predicate<Consumed> wanted, UnaryOperator<Consumed> shown, Bounds bounds)
            throws IOException, InterruptedException {
        int idle = 0;
        finishRead(reader, ends);
        while (sink.isOpen() && !reader.active().isEmpty() && idle < EXPORT_IDLE_ROUNDS_MAX) {
            bounds.piece(() -> lines(reader, ends, wanted, shown), sink);
            idle = reader.roundBytes() == 0 ? idle + 1 : 0;
            finishRead(reader, ends);
            if (idle > 0 && !reader.active().isEmpty()) {
                Thread.sleep(READ_WAIT_MILLIS);
            }
        }
        if (sink.isOpen() && !reader.active().isEmpty()) {
            // Its reader would take what there is for all of it.
            throw new IOException("Some partitions have no leader");
        }
    }

    private static byte[] lines(TopicReader reader, Map<Integer, Found> ends, Predicate<Consumed> wanted, UnaryOperator<Consumed> shown) {
        StringBuilder lines = new StringBuilder();
        for (Consumed record : reader.round(0)) {
            if (record.offset() < ends.get(record.partition()).offset() && wanted.test(record)) {
                lines.append(shown.apply(record).json(Integer.MAX_VALUE).encode()).append('\n');
            }
        }
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }

    // ---- following

    /** Somebody who follows a topic: what reads it, and what of that he wants. @param wanted null for all */
    record Follower(TopicReader reader, Wanted wanted, int valueBytes) {}

    private static HttpAnswer tail(Exchange exchange, Bounds bounds, RecordViews views) {
        Follower follower = follower(exchange, views, exchange.request().header("last-event-id"));
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("content-type", "text/event-stream");
        headers.put("x-accel-buffering", "no");
        return new HttpAnswer.Stream(200, headers, sink -> follow(follower.reader(), sink, follower.wanted(), follower.valueBytes(), bounds));
    }

    /** As the parameters of a request say. @param position where to go on, as {@link #position} gives it; null for none */
    static Follower follower(Exchange exchange, RecordViews views, String position) {
        Kafka kafka = exchange.kafka();
        HttpRequest request = exchange.request();
        MetadataResponseTopic topic = Topics.one(kafka, exchange.path("topic"));
        Map<String, List<Integer>> partitions = Map.of(topic.name, partitions(exchange, topic));
        Wanted wanted = Wanted.of(topic.name, request.parameter("contains"), request.parameter("filter"));
        int valueBytes = (int) request.number("valueBytes", VALUE_BYTES_DEFAULT, 0, VALUE_BYTES_MAX);
        boolean committed = committed(request);
        Map<Integer, Long> from = new TreeMap<>();
        Map<Integer, Found> ends = Topics.offsets(kafka, partitions, Topics.LATEST).getOrDefault(topic.name, Map.of());
        ends.forEach((partition, end) -> from.put(partition, end.offset()));
        String at = request.parameter("from");
        if (at != null && !at.equals("latest")) {
            Topics.offsets(kafka, partitions, TopicRoutes.time(at, null)).getOrDefault(topic.name, Map.of()).forEach((partition, found) -> {
                if (found.offset() >= 0) {
                    from.put(partition, found.offset());
                }
            });
        }
        resume(position, from);
        return new Follower(new TopicReader(kafka, topic.name, from, committed).inSmallRounds().shown(views.of(topic.name, request, true)), wanted, valueBytes);
    }

    /** Where a reader goes on, as partition:offset, separated by commas. */
    static String position(TopicReader reader) {
        StringBuilder text = new StringBuilder();
        reader.next().forEach((partition, offset) -> text.append(text.isEmpty() ? "" : ",").append(partition).append(':').append(offset));
        return text.toString();
    }

    /** A browser that lost the connection says what it had last. */
    private static void resume(String position, Map<Integer, Long> from) {
        if (position == null) {
            return;
        }
        for (String one : position.split(",")) {
            int colon = one.indexOf(':');
            try {
                from.computeIfPresent(Integer.parseInt(one.substring(0, Math.max(0, colon))), (partition, end) -> Long.parseLong(one.substring(colon + 1)));
            } catch (NumberFormatException e) {
                throw Problem.badRequest("The position to go on from is none that was given: it is partition:offset, separated by commas.");
            }
        }
    }

    private static void follow(TopicReader reader, Sink sink, Wanted wanted, int valueBytes, Bounds bounds) throws IOException, InterruptedException {
        sink.write("retry: 2000\n: here\n\n".getBytes(StandardCharsets.UTF_8));
        long signed = System.nanoTime();
        while (sink.isOpen()) {
            boolean more;
            boolean said;
            try {
                more = reader.hasMore();
                said = more && bounds.piece(() -> events(reader, wanted, valueBytes), sink);
            } catch (Problem problem) {
                sink.write(("event: problem\ndata: " + problem.json().encode() + "\n\n").getBytes(StandardCharsets.UTF_8));
                return;
            }
            if (!said && System.nanoTime() - signed > TAIL_SIGN_MILLIS * 1_000_000) {
                sink.write(": still here\n\n".getBytes(StandardCharsets.UTF_8));
                said = true;
            }
            if (said) {
                signed = System.nanoTime();
            }
            if (!more || reader.roundBytes() == 0) {
                Thread.sleep(TAIL_LOOK_MILLIS);
            }
        }
    }

    /** What there is to say of the next records. Nothing of them is held when it was said. */
    private static byte[] events(TopicReader reader, Wanted wanted, int valueBytes) {
        List<Consumed> records = reader.round(0);
        StringBuilder events = new StringBuilder();
        for (Consumed record : records) {
            if (wanted == null || wanted.test(record)) {
                events.append("event: record\ndata: ").append(record.json(valueBytes).encode()).append("\n\n");
            }
        }
        if (!events.isEmpty()) {
            // Behind all of them, so that who has it has them.
            events.append("id: ").append(position(reader)).append("\nevent: position\ndata: {}\n\n");
        }
        return events.toString().getBytes(StandardCharsets.UTF_8);
    }
}
