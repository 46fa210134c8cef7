package io.partita.broker.http;

import io.partita.broker.record.RecordHeader;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Where the record comes from of which a share group's dead letter is a copy (KIP-1191), as its headers say. */
record DeadLetter(String topic, int partition) {

    private static final String MARK = "__dlq.";
    private static final String TOPIC = "__dlq.errors.topic";
    private static final String PARTITION = "__dlq.errors.partition";

    /** Null when the headers are not those of a dead letter. */
    static DeadLetter of(List<RecordHeader> headers) {
        String topic = text(headers, TOPIC);
        String partition = text(headers, PARTITION);
        return topic == null || partition == null || !partition.matches("\\d{1,9}") ? null : new DeadLetter(topic, Integer.parseInt(partition));
    }

    /** The last one of the name: a letter that became one again has several. */
    private static String text(List<RecordHeader> headers, String name) {
        for (int i = headers.size() - 1; i >= 0; i--) {
            if (headers.get(i).key().equals(name)) {
                return headers.get(i).value() == null ? null : new String(headers.get(i).value(), StandardCharsets.UTF_8);
            }
        }
        return null;
    }

    /** The headers that the record had itself. */
    static List<RecordHeader> own(List<RecordHeader> headers) {
        return headers.stream().filter(header -> !header.key().startsWith(MARK)).toList();
    }
}
