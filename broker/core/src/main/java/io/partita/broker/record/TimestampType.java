package io.partita.broker.record;

/** What the timestamps of a batch's records mean (bit 3 of its attributes, topic setting {@code message.timestamp.type}). */
public enum TimestampType {
    /** Set by the producer, record by record. */
    CREATE_TIME("CreateTime"),
    /** Set by the broker for the whole batch: every record's timestamp is the batch's max timestamp. */
    LOG_APPEND_TIME("LogAppendTime");

    private final String configName;

    TimestampType(String configName) {
        this.configName = configName;
    }

    /** The name used by the topic setting. */
    public String configName() {
        return configName;
    }
}
