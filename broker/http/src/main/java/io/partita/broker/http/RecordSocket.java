package io.partita.broker.http;

import io.partita.broker.http.HttpAnswer.Line;
import io.partita.broker.http.RecordRoutes.Follower;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One WebSocket of a topic. Records go to its client while it has credit, each taking one; without credit nothing is read. What the client wants written is written before its next text is
 * taken from the network, so who writes faster than that waits in his own socket. Two threads that may wait: one takes texts, the other follows the topic.
 */
final class RecordSocket {

    /** Records that may be outstanding. */
    static final int CREDIT_MAX = 1_000_000;

    private static final int UNEXPECTED = 1011;
    private static final int DONE = 1000;
    private static final Set<String> RECORD_FIELDS = Set.of("key", "keyBase64", "value", "valueBase64", "headers", "timestamp", "partition");

    private final Kafka kafka;
    private final String topic;
    private final Follower follower;
    private final short acks;
    private final Bounds bounds;
    private final Line line;
    private final Semaphore credit;
    /** So that texts of the two threads do not wait for each other's place. */
    private final ReentrantLock sending = new ReentrantLock();
    private final HttpAnswer.Sink texts = new HttpAnswer.Sink() {
        @Override
        public boolean isOpen() {
            return line.isOpen();
        }

        @Override
        public void write(byte[] lines) throws IOException, InterruptedException {
            for (String text : new String(lines, StandardCharsets.UTF_8).split("\n")) {
                send(text);
            }
        }
    };

    RecordSocket(Kafka kafka, String topic, Follower follower, short acks, int credit, Bounds bounds, Line line) {
        this.kafka = kafka;
        this.topic = topic;
        this.follower = follower;
        this.acks = acks;
        this.bounds = bounds;
        this.line = line;
        this.credit = new Semaphore(credit);
    }

    void run() throws IOException, InterruptedException {
        Thread following = Thread.ofVirtual().name("partita-http-socket").start(this::follow);
        try {
            for (String text = line.receive(); text != null; text = line.receive()) {
                send(answer(text));
            }
            line.end(DONE, "");
        } finally {
            following.interrupt();
            following.join();
        }
    }

    private void send(JsonObject json) throws IOException, InterruptedException {
        if (json != null) {
            send(json.encode());
        }
    }

    private void send(String text) throws IOException, InterruptedException {
        sending.lockInterruptibly();
        try {
            line.send(text);
        } finally {
            sending.unlock();
        }
    }

    // ---- what the client says

    /** Null where there is nothing to answer. */
    private JsonObject answer(String text) {
        Object id = null;
        try {
            JsonObject message = new JsonObject(text);
            id = message.remove("id");
            if (message.containsKey("more")) {
                Body.only(message, "more");
                more((int) Body.number(message, "more", 0, 1, CREDIT_MAX));
                return null;
            }
            JsonObject written = new JsonObject().put("written", written(message));
            return id == null ? written : written.put("id", id);
        } catch (DecodeException | ClassCastException e) {
            return problem(Problem.badRequest("Send JSON objects: {\"more\": 100}, a record, or {\"records\": […]}."), id);
        } catch (Problem problem) {
            return problem(problem, id);
        }
    }

    private static JsonObject problem(Problem problem, Object id) {
        JsonObject told = new JsonObject().put("problem", problem.json());
        return id == null ? told : told.put("id", id);
    }

    private void more(int records) {
        if (credit.availablePermits() + records > CREDIT_MAX) {
            throw Problem.badRequest("At most " + CREDIT_MAX + " records may be outstanding: ask for more when some have come.");
        }
        credit.release(records);
    }

    private JsonArray written(JsonObject message) {
        if (!message.containsKey("records")) {
            Body.only(message, RECORD_FIELDS.toArray(String[]::new));
        } else {
            Body.only(message, "records");
        }
        List<JsonObject> all = message.containsKey("records") ? Body.objects(message, "records") : List.of(message);
        RecordWriter.Written written = RecordWriter.write(kafka, Topics.one(kafka, topic), RecordRoutes.records(all, -1), acks);
        JsonArray told = new JsonArray();
        for (JsonObject one : written.told()) {
            told.add(one);
        }
        return told;
    }

    // ---- what it is told

    private void follow() {
        try {
            long signed = System.nanoTime();
            while (line.isOpen()) {
                if (!mayOne()) {
                    line.ping();
                    signed = System.nanoTime();
                    continue;
                }
                boolean more = follower.reader().hasMore();
                boolean said = more && bounds.piece(this::records, texts);
                if (!said && System.nanoTime() - signed > RecordRoutes.TAIL_SIGN_MILLIS * 1_000_000) {
                    line.ping();
                    said = true;
                }
                if (said) {
                    signed = System.nanoTime();
                }
                if (!more || follower.reader().roundBytes() == 0) {
                    Thread.sleep(RecordRoutes.TAIL_LOOK_MILLIS);
                }
            }
        } catch (Problem problem) {
            sayAndEnd(problem);
        } catch (IOException gone) {
            line.end(UNEXPECTED, "");
        } catch (InterruptedException over) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until there is credit; for so long at most as a client may hear nothing. */
    private boolean mayOne() throws InterruptedException {
        boolean may = credit.tryAcquire(RecordRoutes.TAIL_SIGN_MILLIS, TimeUnit.MILLISECONDS);
        if (may) {
            credit.release();
        }
        return may;
    }

    /**
     * Texts of the next records, for which there is credit, one a line: JSON has none of its own. What was read beyond that is read again when there is credit for it, so that nothing is held
     * for who asks slowly.
     */
    private byte[] records() {
        List<Consumed> records = follower.reader().round(0);
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < records.size(); i++) {
            Consumed record = records.get(i);
            if (follower.wanted() != null && !follower.wanted().test(record)) {
                continue;
            }
            if (!credit.tryAcquire()) {
                records.subList(i, records.size()).forEach(left -> follower.reader().next().merge(left.partition(), left.offset(), Math::min));
                break;
            }
            lines.append(new JsonObject().put("record", record.json(follower.valueBytes())).encode()).append('\n');
        }
        if (!lines.isEmpty()) {
            // Behind all of them, so that who has it has them.
            lines.append(new JsonObject().put("position", RecordRoutes.position(follower.reader())).encode()).append('\n');
        }
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void sayAndEnd(Problem problem) {
        try {
            send(problem(problem, null));
        } catch (IOException | InterruptedException e) {
            // Nobody is to be told.
        }
        line.end(UNEXPECTED, "");
    }
}
